// polly7: the circuit breaker policies of Polly v7 (.NET), which Polly 8 still ships:
// CircuitBreaker (failures in a row) and AdvancedCircuitBreaker (share of failures).
//
// Rules, read from
// src/Polly/CircuitBreaker/{CircuitStateController,ConsecutiveCountCircuitController,
// AdvancedCircuitController,CircuitBreakerEngine}.cs at 173d6d1d, and held to recordings of 7.2.4 and
// of the policies in 8.9.1:
//   consecutive  the exceptionsAllowedBeforeBreaking-th failure in a row opens; a success while
//                closed and a close reset the count; results while open do nothing
//   advanced     as Polly 8: asked on failures, >= in double, parts/event_window.hpp; results while
//                open are counted; a close empties the window and then counts its success
//   open         until now >= blockedTill, seen by the next call or by a read of CircuitState
//   half-open    one probe, and another after each durationOfBreak, whether or not those before
//   have
//                returned; the first result of any call, late ones too, closes or reopens
//   unhandled    an exception that the policy does not handle is not reported at all
// The library has no defaults: each argument must be given. Those of CircuitBreaker, which stand in
// when nothing is given, are tripcurve's.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"
#include "breaker/parts/event_window.hpp"

namespace tripcurve::breaker {

struct Polly7Config {
  enum class Policy : std::uint8_t { consecutive, advanced };
  Policy policy = Policy::consecutive;
  std::uint64_t exceptions_allowed = 0;  // consecutive
  double failure_threshold = 0;          // advanced
  Duration sampling_duration{};          // advanced
  std::uint64_t minimum_throughput = 0;  // advanced
  Duration duration_of_break{};
};

class Polly7 final : public Breaker {
 public:
  explicit Polly7(const Polly7Config& config) : config_(config) {
    if (config.policy == Polly7Config::Policy::advanced) {
      health_.emplace(config.sampling_duration);
    }
  }

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  State observe(TimePoint now) override;

 private:
  void record_success(const Permit& permit, TimePoint now);
  void record_failure(CallEnd end, TimePoint now);
  void count(bool failure, TimePoint now);
  [[nodiscard]] bool is_broken() const;
  [[nodiscard]] std::string why(CallEnd last) const;
  void open(TimePoint now, std::string cause);

  Polly7Config config_;
  std::uint64_t in_a_row_ = 0;         // consecutive
  std::optional<EventWindow> health_;  // advanced
  TimePoint blocked_till_{};
};

[[nodiscard]] const Dialect& polly7_dialect();

}  // namespace tripcurve::breaker
