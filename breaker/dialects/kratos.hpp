// kratos: the breaker of go-kratos/aegis (circuitbreaker/sre), as the circuitbreaker middleware of
// go-kratos/kratos uses it.
//
// Rules, read from circuitbreaker/sre/sre.go and internal/window at v0.2.0, and from
// middleware/circuitbreaker/circuitbreaker.go of kratos v2.8.3:
//   total      ended calls, and those rejected here: the middleware marks them failed
//   accepts    calls that ended well
//   both       over `window` in `bucket` buckets, whose grid begins when the breaker is made
//   admission  total < request, or total < K * accepts with K = 1 / success: admitted, and the
//   state
//              is closed; else the state is open, and it rejects with probability
//              max(0, (total - K * accepts) / (total + 1)), in double, each call anew
// The state is a flag of the library that nothing else reads; open is when it may reject.
#pragma once

#include "breaker/dialect.hpp"
#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

struct KratosConfig {
  double success;
  std::uint64_t request;
  Duration window;
  std::uint64_t bucket;
};

class Kratos final : public Breaker {
 public:
  Kratos(const KratosConfig& config, Random random);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  double k_;
  std::uint64_t request_;
  GridWindow stat_;
  Random random_;
};

[[nodiscard]] const Dialect& kratos_dialect();

}  // namespace tripcurve::breaker
