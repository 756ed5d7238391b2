#include "breaker/dialects/hystrix.hpp"

#include <fmt/format.h>

#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"

namespace tripcurve::breaker {
namespace {

std::uint64_t error_percentage(const WindowCounts& counts) {
  return counts.calls == 0 ? 0
                           : static_cast<std::uint64_t>(static_cast<double>(counts.failures) /
                                                        static_cast<double>(counts.calls) * 100);
}

}  // namespace

Hystrix::Hystrix(const HystrixConfig& config)
    : config_(config), pool_(config.pool), health_(config.health_buckets, config.health_interval) {}

Admission Hystrix::try_acquire(TimePoint now) {
  make_up_for_late_tick(now);
  if (!allows(now)) {
    mark_not_executed("a call was rejected while the trial was out", now);
    return reject("SHORTCIRCUIT");
  }
  switch (pool_.enter()) {
    case ExecutionPool::Answer::runs:
      return admit(now);
    case ExecutionPool::Answer::waits:
      return hold(now);
    case ExecutionPool::Answer::refused:
      break;
  }
  health_.add(now, one_call(true));
  if (config_.isolation == HystrixConfig::Isolation::semaphore) {
    mark_not_executed("the semaphore refused a call", now);
    return reject("REJECTED_SEMAPHORE_EXECUTION");
  }
  mark_non_success("the thread pool refused a call", now);
  return reject("REJECTED_THREAD_EXECUTION");
}

// The breaker let it through; it waits for a thread.
Admission Hystrix::resume(const Permit& held, TimePoint now) {
  make_up_for_late_tick(now);
  if (pool_.enter_from_queue() == ExecutionPool::Answer::waits) {
    return {Admission::Answer::waiting, held, {}};
  }
  auto permit = held;
  permit.given_at = now;
  return {Admission::Answer::admitted, permit, {}};
}

std::string_view Hystrix::record(const Permit& permit, Outcome outcome, CallEnd end,
                                 TimePoint now) {
  make_up_for_late_tick(now);
  pool_.leave();
  if (outcome == Outcome::success) {
    mark_success(permit, now);
  } else if (outcome == Outcome::ignored) {
    mark_non_success("a call ended without success", now);
  } else if (state() == State::half_open) {  // nothing else minds, and saying why takes long
    mark_non_success(permit.spell == spell() ? trial_failed(end) : earlier_call_failed(end), now);
  }
  if (outcome != Outcome::ignored) {
    health_.add(now, one_call(outcome == Outcome::failure));
  }
  return {};
}

void Hystrix::make_up_for_late_tick(TimePoint now) {
  if (next_tick() <= now) {
    tick(now);
  }
}

void Hystrix::trip_if_unhealthy(TimePoint now) {
  const auto counts = health_.snapshot(now);
  if (counts.calls >= config_.volume_threshold &&
      error_percentage(counts) >= config_.error_percentage) {
    open(share_failed(counts.failures, counts.calls) + " in the last health snapshot", now);
  }
}

void Hystrix::open(std::string cause, TimePoint now) {
  start_sleep_window(now);
  enter(State::open, now, std::move(cause));
}

void Hystrix::close(const Permit& permit, TimePoint now) {
  enter(State::closed, now,
        permit.spell == spell() ? trials_succeeded(1) : std::string(earlier_call_succeeded));
  health_.restart(now);
}

bool Hystrix::sleep_window_is_over(TimePoint now) const {
  return millisecond_clock(now) > sleeps_since_ + config_.sleep_window;
}

void Hystrix::start_sleep_window(TimePoint now) { sleeps_since_ = millisecond_clock(now); }

State HystrixFlag::observe(TimePoint now) {
  if (state() == State::closed) {
    trip_if_unhealthy(now);
  }
  return state();
}

bool HystrixFlag::allows(TimePoint now) {
  if (observe(now) == State::closed) {
    return true;
  }
  if (!sleep_window_is_over(now)) {
    return false;
  }
  start_sleep_window(now);
  return true;
}

void HystrixFlag::mark_success(const Permit& permit, TimePoint now) {
  if (state() == State::open) {
    close(permit, now);
  }
}

TimePoint HystrixStatus::next_tick() const {
  return state() == State::closed ? next_snapshot() : never;
}

void HystrixStatus::tick(TimePoint now) { trip_if_unhealthy(now); }

bool HystrixStatus::allows(TimePoint now) {
  if (state() == State::closed) {
    return true;
  }
  if (state() == State::half_open || !sleep_window_is_over(now)) {
    return false;
  }
  enter(State::half_open, now, passed_since(config().sleep_window, "it opened"));
  return true;
}

void HystrixStatus::mark_success(const Permit& permit, TimePoint now) {
  if (state() == State::half_open) {
    close(permit, now);
  }
}

void HystrixStatus::mark_non_success(const std::string& cause, TimePoint now) {
  if (state() == State::half_open) {
    open(cause, now);
  }
}

void HystrixStatus::mark_not_executed(const std::string& cause, TimePoint now) {
  if (not_executed_ == NotExecuted::reopens) {
    mark_non_success(cause, now);
  }
}

HystrixFixed::HystrixFixed(const HystrixConfig& config, State state, std::string cause)
    : Hystrix(config) {
  enter(state, TimePoint{}, std::move(cause));
}

}  // namespace tripcurve::breaker
