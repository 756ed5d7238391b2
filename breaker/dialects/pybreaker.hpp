// pybreaker and pybreaker_calling: pybreaker 1.4.1 (Python), through call() or a decorator, and
// through `with breaker.calling()`.
//
// Rules, read from src/pybreaker/__init__.py at 3c436f2 and checked against traces recorded by
// running it (tests/golden/traces/pybreaker.ndjson, pybreaker_calling.ndjson):
//   call()     holds the breaker's lock while the function runs: other callers wait for its end,
//              and are judged then
//   calling()  gives the lock back before the block runs: calls overlap, half-open without limit
//   closed     a failure counts, any success resets the count; failures >= fail_max opens
//   open       rejects until now >= opened + reset_timeout; the next caller then makes it half-open
//   half-open  any failure opens; success_threshold successes close
//   results    are judged by the state that admitted the call, on counters that all calls share:
//              the late failure of a closed-era call opens again (moving the end of the open
//              period) while the count is at fail_max, which opening does not clear; half-open-era
//              results close or open whatever the state is
//   excluded   an error of an excluded class is a success, half-open too
//   trip       the call that opens it fails with CircuitBreakerError in place of its own error
// Times are in whole microseconds, as in Python's datetime.
#pragma once

#include <cstdint>

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

struct PybreakerConfig {
  bool one_at_a_time;  // call(), not calling()
  std::uint64_t fail_max;
  std::uint64_t success_threshold;
  Duration reset_timeout;
  bool throw_new_error_on_trip;
  bool excludes_ignored;  // an ignored end is an excluded error, else it is no call at all
};

class Pybreaker final : public Breaker {
 public:
  explicit Pybreaker(const PybreakerConfig& config) : config_(config) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) override;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                          TimePoint now) override;
  void forget(const Permit& /*permit*/) override { lock_held_ = false; }

 private:
  std::string_view open(TimePoint now, std::string cause);
  std::string_view note_failure(const Permit& permit, CallEnd end, TimePoint now);
  void note_success(const Permit& permit, TimePoint now);

  PybreakerConfig config_;
  bool lock_held_ = false;  // by a running call()
  std::uint64_t failures_ = 0;
  std::uint64_t successes_ = 0;
  TimePoint opened_at_{};
};

[[nodiscard]] const Dialect& pybreaker_dialect();
[[nodiscard]] const Dialect& pybreaker_calling_dialect();

}  // namespace tripcurve::breaker
