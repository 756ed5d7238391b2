// classic: the breaker of the project's founding story, a Go listing that many services copied.
//
// Rules, read from that listing and checked against traces recorded by running it
// (tests/golden/traces/classic.ndjson):
//   closed     a failure counts, a success resets the count; failures >= FailureThreshold opens
//   open       rejects until now - lastFailure > Timeout (strictly), then half-open
//   half-open  lets EVERY request through; any failure reopens; successes >= SuccessThreshold
//              closes
//   results    are recorded in whatever state they arrive: lastFailure is moved by every failure,
//              late ones included; successes are counted in every state and reset by any failure
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct ClassicConfig {
  std::uint64_t failure_threshold;
  std::uint64_t success_threshold;
  Duration timeout;
};

class Classic final : public Breaker {
 public:
  explicit Classic(const ClassicConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  ClassicConfig config_;
  std::uint64_t failures_ = 0;
  std::uint64_t successes_ = 0;
  TimePoint last_failure_{};
};

[[nodiscard]] const Dialect& classic_dialect();

}  // namespace tripcurve::breaker
