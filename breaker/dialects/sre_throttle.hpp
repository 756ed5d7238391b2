// sre-throttle: client-side adaptive throttling, from the chapter "Handling Overload" of Google's
// "Site Reliability Engineering" (2016), which is all there is to be held to: the book has no code.
// The libraries that follow it differ from it and from each other: go_zero.hpp and kratos.hpp.
//
// Rules, of the section "Client-Side Throttling" and its equation 21-1:
//   requests  calls the application attempted, those rejected here included
//   accepts   calls that the backend took
//   both      over the last `window`, forgotten bucket by bucket, 120 of them
//   rejects   with probability max(0, (requests - K * accepts) / (requests + 1)), from the counts
//             before this call
// There are no states and no timer: it lets a few calls out whatever happens, and recovers as soon
// as they succeed.
#pragma once

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

struct SreThrottleConfig {
  double k;
  Duration window;
};

class SreThrottle final : public Breaker {
 public:
  SreThrottle(const SreThrottleConfig& config, Random random);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  static constexpr std::size_t buckets = 120;

  double k_;
  // Two windows of counts: attempts as they start, accepts as they end.
  GridWindow requests_;
  GridWindow accepts_;
  Random random_;
};

[[nodiscard]] const Dialect& sre_throttle_dialect();

}  // namespace tripcurve::breaker
