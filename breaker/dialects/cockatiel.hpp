// cockatiel: connor4312/cockatiel 4.0.0 (Node), and cockatiel3: its 3.2.1, which Node before 22
// gets.
//
// Rules, read from src/CircuitBreakerPolicy.ts at f475a69 and at v3.2.1 and checked against traces
// recorded by running both (tests/golden/traces/cockatiel*.ndjson):
//   counted    by a breaker object (cockatiel_breakers.hpp), which a call that was admitted while
//              closed tells its result to, whatever the state is by then
//   opens      when it trips on such a failure: from closed, and from half-open too; while open
//              that does nothing. Nothing is reset
//   open       until now - opened >= backoff (ms), seen by the next call. The first opening takes
//   the
//              first backoff, each reopening from half-open the next (cockatiel_backoff.hpp)
//   half-open, 4.0.0: the first `calls` callers are trials, all others wait for the verdict and
//   then
//              ask again. More than threshold * calls failures reopen; when all `calls` trials have
//              ended, it closes. The results of an abandoned half-open state do
//              nothing. Only the failure of the verdict, or one success after a reset, is told to
//              the breaker object
//   half-open, 3.2.1: one trial; all others wait for its end, not for the verdict. It is told to
//   the
//              breaker object whenever it comes; a success closes whatever half-open state there is
//              by then, a failure opens from closed or half-open
//   unhandled  (Outcome::ignored) an error that the policy does not handle: not recorded if
//   admitted
//              while closed; of a trial it is a success, which in 3.2.1 closes without telling the
//              breaker object, so that its old failures stay
// The library has no default breaker and no default halfOpenAfter: ConsecutiveBreaker(5) and 10s
// are tripcurve's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "breaker/dialect.hpp"
#include "breaker/dialects/cockatiel_backoff.hpp"
#include "breaker/dialects/cockatiel_breakers.hpp"
#include "breaker/parts/slots.hpp"

namespace tripcurve::breaker {

struct CockatielConfig {
  CockatielBreakerConfig breaker;
  CockatielBackoffConfig backoff;
  std::uint64_t trials = 1;    // halfOpenSampling.calls; 4.0.0
  double trial_threshold = 0;  // halfOpenSampling.threshold; 4.0.0
};

// What 4.0.0 and 3.2.1 have in common: all but the half-open state.
class CockatielPolicy : public Breaker {
 public:
  CockatielPolicy(const CockatielConfig& config, Random random)
      : breaker_(make_cockatiel_breaker(config.breaker)),
        backoff_(make_cockatiel_backoff(config.backoff, random)) {}

  [[nodiscard]] Admission try_acquire(TimePoint now) final;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) final;

 protected:
  // One who asks while it is half-open; the first does just after it has become so.
  [[nodiscard]] virtual Admission acquire_half_open(TimePoint now) = 0;
  virtual void record_trial(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) = 0;

  void open(TimePoint now, std::string cause);
  [[nodiscard]] CockatielBreaker& breaker() { return *breaker_; }

 private:
  std::unique_ptr<CockatielBreaker> breaker_;
  std::unique_ptr<CockatielBackoff> backoff_;
  TimePoint opened_{};
  double open_for_ms_ = 0;
};

class Cockatiel final : public CockatielPolicy {
 public:
  Cockatiel(const CockatielConfig& config, Random random)
      : CockatielPolicy(config, random),
        trials_(config.trials),
        threshold_(config.trial_threshold) {}

 private:
  [[nodiscard]] Admission acquire_half_open(TimePoint now) override;
  void record_trial(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) override;

  std::uint64_t trials_;
  double threshold_;
  std::uint64_t verdict_of_ = 0;  // the spell of the half-open state that these count
  std::uint64_t started_ = 0;
  std::uint64_t successes_ = 0;
  std::uint64_t failures_ = 0;
};

class Cockatiel3 final : public CockatielPolicy {
 public:
  using CockatielPolicy::CockatielPolicy;

  [[nodiscard]] Admission resume(const Permit& held, TimePoint now) override;

 private:
  [[nodiscard]] Admission acquire_half_open(TimePoint now) override;
  void record_trial(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) override;
  [[nodiscard]] bool is_running(std::uint64_t trial) const;

  std::vector<std::uint64_t> trials_;  // those that run, each by the spell it was admitted in
  Slots<std::uint64_t> waits_for_;     // a held caller's: the trial whose end wakes it
};

[[nodiscard]] const Dialect& cockatiel_dialect();
[[nodiscard]] const Dialect& cockatiel3_dialect();

}  // namespace tripcurve::breaker
