// vertx: the circuit breaker of Vert.x.
//
// Rules, read from CircuitBreakerImpl.java of 5.0.8 and held to traces of it:
//   window     failures by the second of the clock in which they came: those of this second and of
//              the failuresRollingWindow / 1s before it, and of these the latest
//              failuresRollingWindow / 1s seconds that have any
//   closed     a failure counts, maxFailures in the window open it; a success clears the window
//   open       a timer half-opens it resetTimeout later; each opening sets a timer of its own, and
//   one
//              that fires in another state does nothing
//   half-open  one call goes out, and no more: a call that never ends leaves it half-open for ever
//   results    act in whatever state they come. Of a call of closed: a failure counts, and opens it
//              when the window is full, half-open too; a success clears the window, and closes it
//              when half-open. Of a call of half-open the same, but that a failure opens it in any
//              state, which sets another timer when it is open
//   ignored    a failure that the failure policy does not count is a success
// The library ends a call after `timeout`, 10 s by default: that is the caller's timeout here.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct VertxConfig {
  std::uint64_t max_failures;
  std::int64_t window_s;                  // whole seconds: the rest is cut off
  std::optional<Duration> reset_timeout;  // whole milliseconds; none: it stays open
};

class Vertx final : public Breaker {
 public:
  explicit Vertx(const VertxConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  [[nodiscard]] TimePoint next_tick() const override;
  void tick(TimePoint now) override;

 private:
  struct Second {
    std::int64_t number;
    std::uint64_t failures;
  };

  void note_failure(TimePoint now);
  [[nodiscard]] std::uint64_t failures(TimePoint now) const;
  void open(TimePoint now, std::string cause);

  VertxConfig config_;
  std::deque<Second> window_;
  std::deque<TimePoint> timers_;
  bool trial_sent_ = false;  // half-open
};

[[nodiscard]] const Dialect& vertx_dialect();

}  // namespace tripcurve::breaker
