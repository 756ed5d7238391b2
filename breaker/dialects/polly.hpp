// polly: the circuit breaker strategy of Polly v8 (.NET), 8.3.1 or later.
//
// Rules, read from Polly.Core/CircuitBreaker/Controller/{CircuitStateController,
// AdvancedCircuitBehavior}.cs and Health/*.cs at 173d6d1d, and held to recordings of 8.9.1, which
// 8.4.2 answers alike:
//   closed     only a failure asks: throughput >= MinimumThroughput and failures/throughput >=
//              FailureRatio (double) opens
//   window     parts/event_window.hpp; it is emptied by a close only, and the closing success is
//   not
//              kept; results while open are counted, a failure while half-open is not
//   open       until now >= opened + BreakDuration, seen by the next call; BreakDurationGenerator
//              takes its place, and is told of the window as it is then and of the failed trials
//              since it was closed
//   half-open  that call is the only one to go out; the first result of any call, late ones too,
//              closes or reopens
//   unhandled  an exception that ShouldHandle does not take (before 8.3.1: the probe's left it
//   stuck)
//              is a success
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"
#include "breaker/parts/event_window.hpp"

namespace tripcurve::breaker {

// A BreakDurationGenerator in the shapes that people write: base * times, at most `most`.
struct PollyBreakGenerator {
  enum class Times : std::uint8_t {
    failure_count,
    failure_rate,
    half_open_attempts,  // and one more, so that the first is base
    two_to_the_half_open_attempts
  };
  Duration base;
  Times times;
  std::optional<Duration> most;
};

struct PollyConfig {
  double failure_ratio;
  std::uint64_t minimum_throughput;
  Duration sampling_duration;
  Duration break_duration;
  std::optional<PollyBreakGenerator> generator{};
};

class Polly final : public Breaker {
 public:
  explicit Polly(const PollyConfig& config) : config_(config), health_(config.sampling_duration) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;

 private:
  void record_success(const Permit& permit, TimePoint now);
  void record_failure(CallEnd end, TimePoint now);
  void open(TimePoint now, std::string cause);
  [[nodiscard]] double times(PollyBreakGenerator::Times times) const;
  [[nodiscard]] Duration next_break(TimePoint now);

  PollyConfig config_;
  EventWindow health_;
  Duration break_{};  // the present one, or the last
  TimePoint blocked_until_{};
  std::uint64_t half_open_attempts_ = 0;  // that failed since it was last closed
};

[[nodiscard]] const Dialect& polly_dialect();

}  // namespace tripcurve::breaker
