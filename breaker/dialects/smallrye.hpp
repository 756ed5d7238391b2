// smallrye: the circuit breaker of SmallRye Fault Tolerance, the implementation of MicroProfile
// Fault Tolerance in Quarkus and WildFly.
//
// Rules, read from core/circuit/breaker/{CircuitBreaker,BitsetRollingWindow}.java of 6.11.2 and
// held to traces of it:
//   window     the results of the last requestVolumeThreshold calls that were admitted in this stay
//              in closed
//   closed     every result asks, good ones too: a full window with failures >=
//              ceil(failureRatio * requestVolumeThreshold) opens; the product is a double's
//   open       until elapsed >= delay, in whole milliseconds: a timer half-opens it, and so does a
//              call that comes first
//   half-open  successThreshold calls go out and no more; as many successes close it, a failure
//              opens it; a call that never ends leaves it half-open
//   late       a result counts for the stay in a state that admitted its call, and is dropped when
//              that is over
//   expected   an exception that failOn does not have, or skipOn has, is a success
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/outcome_ring.hpp"

namespace tripcurve::breaker {

struct SmallRyeConfig {
  std::uint64_t request_volume_threshold;
  double failure_ratio;
  Duration delay;  // whole milliseconds
  std::uint64_t success_threshold;

  // So many failures in a full window open it.
  [[nodiscard]] std::uint64_t failure_threshold() const;
};

class SmallRye final : public Breaker {
 public:
  explicit SmallRye(const SmallRyeConfig& config)
      : config_(config), window_(config.request_volume_threshold) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override;
  void tick(TimePoint now) override;

 private:
  void open(TimePoint now, std::string cause);
  void half_open_when_due(TimePoint now);

  SmallRyeConfig config_;
  OutcomeRing window_;
  TimePoint half_open_at_{};
  std::uint64_t attempts_ = 0;   // half-open
  std::uint64_t successes_ = 0;  // half-open
};

[[nodiscard]] const Dialect& smallrye_dialect();

}  // namespace tripcurve::breaker
