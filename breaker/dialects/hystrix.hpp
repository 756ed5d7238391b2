// hystrix-1.5.18, hystrix-1.5.13 and hystrix-1.5.12: Netflix Hystrix (Java), a command's circuit
// breaker with the execution pool behind it. They are three different breakers: 1.5.12 and 1.5.13
// have a half-open state, and 1.5.14 to 1.5.18 were built from 1.5.11, which has none.
//
// Rules, read from HystrixCircuitBreaker, AbstractCommand, HealthCountsStream and HystrixThreadPool
// at those tags and checked against traces recorded by running them
// (tests/golden/traces/hystrix-*.ndjson):
//   health     counts successes, failures and calls that the pool refused (as errors), each at its
//              end, in the buckets of HealthStream; ignored ends (HystrixBadRequestException) and
//              short-circuited calls are not in them
//   trip rule  calls >= requestVolumeThreshold, and the error percentage, truncated after double
//              arithmetic, >= errorThresholdPercentage
//   open       until now > opened + sleepWindow (strictly, in whole milliseconds)
//   pool       asked after the breaker has let a call through: a refused trial is used up
//   close      replaces the health counts by empty ones with ticks from now; the success that
//   closed
//              is the first in them
// Evaluation of the trip rule, trials and late results are what differs: see the classes.
#pragma once

#include <cstdint>
#include <string>

#include "breaker/dialect.hpp"
#include "breaker/parts/execution_pool.hpp"
#include "breaker/parts/health_stream.hpp"

namespace tripcurve::breaker {

struct HystrixConfig {
  enum class Isolation : std::uint8_t { thread, semaphore };

  bool enabled;
  bool force_open;
  bool force_closed;
  std::uint64_t volume_threshold;
  std::uint64_t error_percentage;
  Duration sleep_window;
  std::size_t health_buckets;
  Duration health_interval;
  Isolation isolation;
  ExecutionPool::Size pool;
};

// A command: the pool, the health counts, and a breaker for its subclasses to give.
class Hystrix : public Breaker {
 public:
  [[nodiscard]] Admission try_acquire(TimePoint now) final;
  [[nodiscard]] Admission resume(const Permit& held, TimePoint now) final;
  std::string_view record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) final;
  void forget(const Permit& /*permit*/) final { pool_.leave(); }

 protected:
  explicit Hystrix(const HystrixConfig& config);

  // The library's allowRequest() or attemptExecution().
  [[nodiscard]] virtual bool allows(TimePoint now) = 0;
  virtual void mark_success(const Permit& /*permit*/, TimePoint /*now*/) {}
  // A command ended otherwise, or the thread pool refused it.
  virtual void mark_non_success(const std::string& /*cause*/, TimePoint /*now*/) {}
  // A command ended before it began: short-circuited, or refused by the semaphore.
  virtual void mark_not_executed(const std::string& /*cause*/, TimePoint /*now*/) {}

  // Opens when the last health snapshot is beyond the thresholds.
  void trip_if_unhealthy(TimePoint now);
  void open(std::string cause, TimePoint now);
  void close(const Permit& permit, TimePoint now);
  [[nodiscard]] bool sleep_window_is_over(TimePoint now) const;
  void start_sleep_window(TimePoint now);
  [[nodiscard]] TimePoint next_snapshot() const { return health_.next_tick(); }
  [[nodiscard]] const HystrixConfig& config() const { return config_; }

 private:
  void make_up_for_late_tick(TimePoint now);

  HystrixConfig config_;
  ExecutionPool pool_;
  HealthStream health_;
  TimePoint sleeps_since_{};
};

// 1.5.18: an open flag. Each caller, and each read of the state, evaluates the trip rule on the
// last snapshot; opened is that caller's instant. While open, one call goes out per sleep window,
// counted from the start of the one before. Any success closes, and nothing else moves the time.
class HystrixFlag final : public Hystrix {
 public:
  explicit HystrixFlag(const HystrixConfig& config) : Hystrix(config) {}

  State observe(TimePoint now) override;

 private:
  [[nodiscard]] bool allows(TimePoint now) override;
  void mark_success(const Permit& permit, TimePoint now) override;
};

// 1.5.12 and 1.5.13: closed, open, half-open. The tick evaluates the trip rule. The first caller
// after the sleep window is the trial, and all others are rejected. Half-open, any success closes,
// and any other end opens with a new sleep window, whichever call it is of. A call that never began
// leaves 1.5.12 half-open, for ever if it was the trial; 1.5.13 opens again on it, too.
class HystrixStatus final : public Hystrix {
 public:
  enum class NotExecuted : std::uint8_t { changes_nothing, reopens };

  HystrixStatus(const HystrixConfig& config, NotExecuted not_executed)
      : Hystrix(config), not_executed_(not_executed) {}

  [[nodiscard]] TimePoint next_tick() const override;
  void tick(TimePoint now) override;

 private:
  [[nodiscard]] bool allows(TimePoint now) override;
  void mark_success(const Permit& permit, TimePoint now) override;
  void mark_non_success(const std::string& cause, TimePoint now) override;
  void mark_not_executed(const std::string& cause, TimePoint now) override;

  NotExecuted not_executed_;
};

// Any version with its state fixed: forced_open or disabled.
class HystrixFixed final : public Hystrix {
 public:
  HystrixFixed(const HystrixConfig& config, State state, std::string cause);

 private:
  [[nodiscard]] bool allows(TimePoint /*now*/) override { return state() != State::forced_open; }
};

[[nodiscard]] const Dialect& hystrix_1_5_18_dialect();  // also "hystrix"
[[nodiscard]] const Dialect& hystrix_1_5_13_dialect();
[[nodiscard]] const Dialect& hystrix_1_5_12_dialect();

}  // namespace tripcurve::breaker
