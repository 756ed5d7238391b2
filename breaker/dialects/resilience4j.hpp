// resilience4j: resilience4j 2.4.0 (Java), configured as Spring Boot does, with both of its window
// implementations: SYNCHRONIZED, its default, and LOCK_FREE, which only Java code can choose.
//
// Rules, read from CircuitBreakerStateMachine, CircuitBreakerMetrics, the core.metrics package and
// CommonCircuitBreakerConfigurationProperties at af9e7c9, and checked against traces recorded by
// running it (tests/golden/traces/resilience4j*.ndjson):
//   results    count in the state they arrive in, whatever state admitted their call
//   window     the last N calls, or N seconds: epoch seconds (LOCK_FREE: see lock_free_slices.hpp);
//              a new one on every change to closed and to half-open
//   closed     on every result, successes included: with minimumNumberOfCalls of them (for a count
//              window no more than N) opens when the share of failures or of slow calls, in float32
//              percent, is >= its threshold; slow is longer than slowCallDurationThreshold
//   open       until now > opened + wait, at the next call; with the automatic transition a timer
//              half-opens at opened + wait sharp; the wait depends on how many openings there were
//              since it was closed, and counts whole milliseconds
//   half-open  permits are a quota: results give none back, an ignored one does, even a late one;
//   the
//              verdict falls with min(minimumNumberOfCalls, permitted) results, by the same rule
//   timer      maxWaitDurationInHalfOpenState after half-opening it opens or closes
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"
#include "breaker/parts/call_window.hpp"
#include "core/random.hpp"

namespace tripcurve::breaker {

// The library's IntervalFunction: how long each opening in a row lasts.
class OpenInterval {
 public:
  enum class Kind : std::uint8_t { constant, exponential, randomized };

  struct Config {
    Kind kind = Kind::constant;
    std::int64_t initial_ms = 0;
    double multiplier = 1;     // for exponential
    std::int64_t most_ms = 0;  // for exponential
    double randomization = 0;  // for randomized: the part of the interval that it may differ by
  };

  OpenInterval(const Config& config, Random random)
      : config_(config), random_(random), next_ms_(config.initial_ms) {}

  // Of the next opening, in milliseconds.
  std::int64_t next();

  // The next opening is the first in a row.
  void restart() { next_ms_ = config_.initial_ms; }

 private:
  Config config_;
  Random random_;
  std::int64_t next_ms_;  // before its limit
};

struct Resilience4jConfig {
  enum class InitialState : std::uint8_t {
    closed,
    open,
    half_open,
    forced_open,
    disabled,
    metrics_only,
  };

  bool time_based;
  bool lock_free;
  std::uint64_t window;         // calls or seconds
  std::uint64_t minimum_calls;  // as configured: also above the size of a count window
  float failure_rate;           // percent, as are all rates here
  float slow_rate;
  Duration slow_from;
  OpenInterval::Config interval;
  bool half_opens_by_timer;
  std::uint64_t permitted;
  Duration half_open_limit;  // zero: none
  bool limit_closes;         // half_open_limit closes it instead of opening it
  InitialState initial_state;

  [[nodiscard]] std::uint64_t minimum_while_closed() const;
  [[nodiscard]] std::uint64_t minimum_half_open() const;
};

class Resilience4j final : public Breaker {
 public:
  Resilience4j(const Resilience4jConfig& config, Random random);

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override { return timer_; }
  void tick(TimePoint now) override;

 private:
  void close(TimePoint now, std::string cause);
  void open(TimePoint now, std::string cause);
  void half_open(TimePoint now, std::string cause);
  [[nodiscard]] CallWindow window_of_closed(TimePoint now) const;
  [[nodiscard]] bool records() const;
  [[nodiscard]] bool window_is_broken() const;

  Resilience4jConfig config_;
  OpenInterval interval_;
  CallWindow window_;  // open: that of the state before
  TimePoint open_until_ = never;
  Duration open_for_{};
  std::uint64_t permits_ = 0;
  TimePoint timer_ = never;
};

[[nodiscard]] const Dialect& resilience4j_dialect();
[[nodiscard]] const Dialect& resilience4j_lockfree_dialect();

}  // namespace tripcurve::breaker
