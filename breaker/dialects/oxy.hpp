// oxy: cbreaker of vulcand/oxy v2, which is Traefik's circuitBreaker middleware.
//
// Rules, read from cbreaker/{cbreaker,ratio}.go at v2.2.0 and checked against recorded traces:
//   standby     (closed) all calls go out. The end of a call asks the condition, if more than
//               checkPeriod (strictly) passed since it was last asked; if it holds: tripped, and
//               the metrics are emptied
//   tripped     (open) rejects until now >= tripped + fallbackDuration, seen by the next call; ends
//               are measured, and an end that would ask counts as having asked
//   recovering  (half-open) until now > its start + recoveryDuration, seen by the next call. A call
//               goes out if (allowed + 1) / (allowed + 1 + denied) < 0.5 * (now - start) /
//               recoveryDuration, in double, so that the very first is rejected. Ends ask as in
//               standby
//   ends        are measured in whatever state they arrive (oxy_metrics.hpp)
#pragma once

#include "breaker/dialect.hpp"
#include "breaker/dialects/oxy_condition.hpp"
#include "breaker/dialects/oxy_metrics.hpp"

namespace tripcurve::breaker {

struct OxyConfig {
  OxyCondition expression;
  Duration check_period;
  Duration fallback_duration;
  Duration recovery_duration;
};

class Oxy final : public Breaker {
 public:
  explicit Oxy(OxyConfig config) : config_(std::move(config)) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  [[nodiscard]] bool ramps_up(TimePoint now);
  void check(TimePoint now);

  OxyConfig config_;
  OxyMetrics metrics_;
  std::optional<TimePoint> next_check_;
  TimePoint until_{};  // of tripped and of recovering
  TimePoint recovers_since_{};
  double allowed_ = 0;  // in this recovery
  double denied_ = 0;
};

[[nodiscard]] const Dialect& oxy_dialect();

}  // namespace tripcurve::breaker
