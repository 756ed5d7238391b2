// A retry budget: how many retries a client may make in proportion to its calls, so that retries
// cannot multiply the load on an upstream that is down. It is shared by all calls of a client.
//
// Kinds, each with the rules of those who have it:
//   bucket  a token bucket: each call adds a part of a token, up to a cap, and each retry takes one
//           (Marc Brooker, "Fixing retries with token buckets and circuit breakers", 2022)
//   ratio   a share of the calls of the last `window`, and a minimum per second on top
//           (RetryBudget of Finagle and of Linkerd: 20 %, 10/s, 10 s)
//   active  a share of the calls under way, and no fewer than a minimum
//           (Envoy's retry_budget: 20 %, 3)
//   grpc    tokens: a failed attempt takes one, a success adds a part, and there are retries while
//           more than half of them are left (gRPC proposal A6, retryThrottling)
//   aws     tokens: a retry takes some of 500 by what it repeats; its success gives them back, and
//   a
//           call that succeeds without a retry adds one (standard mode of the AWS SDKs: until 2026
//           a retry took 5, and 10 after a timeout; since then it takes 14, and 5 after throttling:
//           src/Retry/Standard/QuotaManager.php of the SDK for PHP at 6eccca5)
//
// Not thread-safe. Times never run backwards.
#pragma once

#include <array>
#include <cstdint>

#include "core/time.hpp"

namespace tripcurve::client {

struct Budget {
  enum class Kind : std::uint8_t { none, bucket, ratio, active, grpc, aws };

  Kind kind = Kind::none;
  double ratio = 0.2;                          // bucket, ratio, active; what grpc adds
  double tokens = 10;                          // cap of bucket and grpc
  double least_per_second = 10;                // of ratio
  std::uint32_t least_active = 3;              // of active
  Duration window = std::chrono::seconds(10);  // of ratio
  // Tokens that aws takes for a retry: by what it repeats.
  double cost = 5;
  double timeout_cost = 10;
  double throttling_cost = 5;

  friend bool operator==(const Budget&, const Budget&) = default;
};

// What a retry repeats.
enum class RetryCause : std::uint8_t {
  failure,
  timeout,
  throttling,  // the upstream wants fewer requests: a 429
};

class RetryBudget {
 public:
  explicit RetryBudget(const Budget& config);

  // A call begins, and is over; `retries` as many as it has made.
  void begun(TimePoint now);
  void over(bool succeeded, std::uint32_t retries);
  // An attempt has failed: whether it may be tried again. If so, the budget is charged, and the
  // retry counts as under way until its end.
  [[nodiscard]] bool allows_retry(RetryCause cause, TimePoint now);
  void retry_over(bool succeeded, RetryCause cause);

 private:
  static constexpr std::size_t slots = 10;  // of the window

  [[nodiscard]] double cost_of(RetryCause cause) const;
  void move_on(TimePoint now);
  [[nodiscard]] double left_of_window() const;

  Budget config_;
  double tokens_;
  std::uint64_t active_ = 0;  // calls
  std::uint64_t active_retries_ = 0;
  std::array<double, slots> window_{};  // what calls have added less what retries took, by slot
  std::int64_t slot_ = 0;               // that `window_` ends with, counted from time zero
};

}  // namespace tripcurve::client
