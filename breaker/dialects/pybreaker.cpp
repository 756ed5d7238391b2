#include "breaker/dialects/pybreaker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {
namespace {

constexpr std::string_view circuit_breaker_error = "CircuitBreakerError";

TimePoint as_datetime(TimePoint now) { return std::chrono::floor<std::chrono::microseconds>(now); }

// To the nearest microsecond, half to even.
Duration as_timedelta(Duration time) {
  return std::chrono::microseconds(std::llrint(static_cast<double>(time.count()) / 1000));
}

}  // namespace

Admission Pybreaker::try_acquire(TimePoint now) {
  if (lock_held_) {
    return hold(now);
  }
  if (state() == State::open) {
    if (as_datetime(now) < opened_at_ + as_timedelta(config_.reset_timeout)) {
      return reject(circuit_breaker_error);
    }
    successes_ = 0;
    enter(State::half_open, now, passed_since(config_.reset_timeout, "it opened"));
  }
  lock_held_ = config_.one_at_a_time;
  return admit(now);
}

std::string_view Pybreaker::record(const Permit& permit, Outcome outcome, CallEnd end,
                                   TimePoint now) {
  lock_held_ = false;
  switch (outcome) {
    case Outcome::failure:
      return note_failure(permit, end, now);
    case Outcome::ignored:
      if (config_.excludes_ignored) {
        note_success(permit, now);
      }
      break;
    case Outcome::success:
      note_success(permit, now);
      break;
  }
  return {};
}

std::string_view Pybreaker::open(TimePoint now, std::string cause) {
  opened_at_ = as_datetime(now);
  successes_ = 0;
  enter(State::open, now, std::move(cause));
  return config_.throw_new_error_on_trip ? circuit_breaker_error : std::string_view{};
}

std::string_view Pybreaker::note_failure(const Permit& permit, CallEnd end, TimePoint now) {
  ++failures_;
  if (permit.state == State::half_open) {
    return open(now, trial_failed(end));
  }
  return failures_ >= config_.fail_max ? open(now, failures_in_a_row(failures_, end))
                                       : std::string_view{};
}

void Pybreaker::note_success(const Permit& permit, TimePoint now) {
  failures_ = 0;
  if (permit.state == State::half_open && ++successes_ >= config_.success_threshold) {
    enter(State::closed, now, trials_succeeded(successes_));
    successes_ = 0;
  }
}

namespace {

// How the library is called: a dialect each.
enum class Api : std::uint8_t { call, calling };
constexpr std::array<std::string_view, 2> apis{"call", "calling"};

constexpr std::array<std::string_view, 2> excluded{"nothing", "ignored"};

template <Api api>
constexpr std::array pybreaker_keys{
    Key{"fail_max", "", "5", "this many failures in a row open the breaker", whole(0, max_int32)},
    Key{"reset_timeout", "", "60s", "the breaker stays open this long", seconds()},
    Key{"success_threshold", "", "1", "this many successes close the half-open breaker",
        whole(0, max_int32)},
    Key{"throw_new_error_on_trip", "", "true",
        "whether the call that opens the breaker fails with CircuitBreakerError instead of its own "
        "error",
        flag()},
    Key{"exclude", "", "nothing",
        "ignored: a call that ends so has an error of an excluded class, which is a success",
        one_of(excluded)},
    Key{"api", "", apis[static_cast<std::size_t>(api)],
        "how the breaker is used; the other way is a dialect of its own",
        one_of(std::span(apis).subspan(static_cast<std::size_t>(api), 1))},
};

template <Api api>
Result<PybreakerConfig> read_pybreaker(const Settings& settings) {
  SettingsReader read(pybreaker_keys<api>, settings);
  std::ignore = read.word<Api>("api");  // it has one word: only a mistake matters
  const PybreakerConfig config{.one_at_a_time = api == Api::call,
                               .fail_max = read.whole("fail_max"),
                               .success_threshold = read.whole("success_threshold"),
                               .reset_timeout = read.duration("reset_timeout"),
                               .throw_new_error_on_trip = read.flag("throw_new_error_on_trip"),
                               .excludes_ignored = read.word<bool>("exclude")};
  return read.result(config);
}

template <Api api>
Result<std::unique_ptr<Breaker>> make_pybreaker(const Settings& settings, Random /*random*/) {
  return make_breaker<Pybreaker>(read_pybreaker<api>(settings));
}

template <Api api>
Facts pybreaker_facts(const Settings& settings) {
  const auto config = *read_pybreaker<api>(settings);
  return {.trips = {{.kind = TripRule::Kind::consecutive,
                     .failures = std::max<std::uint64_t>(config.fail_max, 1)}},
          .open_for = config.reset_timeout,
          .trials_needed = std::max<std::uint64_t>(config.success_threshold, 1)};
}

// call() runs one call after the other.
std::vector<Warning> call_warnings(const Settings& /*settings*/, const Traffic& traffic) {
  std::vector<Warning> found;
  const double busy = traffic.calls_per_second * to_seconds(traffic.normal_latency);
  if (busy > 1) {
    found.push_back(
        {"api",
         fmt::format("the lock is held while a call runs, and {:.3g}/s of {} each need {:.3g} "
                     "seconds of it per second, so callers wait longer and longer",
                     traffic.calls_per_second, format_duration(traffic.normal_latency), busy),
         fmt::format("send at most {:.3g}/s, or use `with breaker.calling()` (the dialect "
                     "pybreaker_calling)",
                     1 / to_seconds(traffic.normal_latency))});
  }
  return found;
}

constexpr std::array<std::string_view, 5> call_surprises{
    "The lock is held while a call runs, so all calls run one after the other, and one that hangs "
    "holds up every caller.",
    "A caller that waits is judged at the end of its wait, so it can be rejected even if the "
    "breaker was closed when it came.",
    "The call that opens the breaker fails with CircuitBreakerError, not with its own error.",
    "An excluded error is a success: it resets the count and closes a half-open breaker.",
    "KeyboardInterrupt and a task's time limit are failures of the call that they end, unless "
    "their classes are excluded.",
};

constexpr Portrait call_portrait{
    .library = "pybreaker 1.4.1 (Python), call() and decorator",
    .evidence = Evidence::executed,
    .answers = {">= : over at opened + reset_timeout", ">=, whole numbers", "on failures",
                "completed calls", "one at a time; the other callers wait",
                "there are no such results: the lock lets one call run at a time",
                "failures by any success and on close; successes on every change of state"},
    .surprises = call_surprises,
    .counting =
        "Your code decides: every exception is a failure except those of excluded classes "
        "(pybreaker/__init__.py, 1.4.1). requests and httpx do not raise an exception for a status "
        "unless raise_for_status() is called; if it is called, 4xx counts, too. tripcurve counts "
        "5xx.",
    .cancelling =
        "What gives a call up in Python is an exception, such as KeyboardInterrupt, gevent's "
        "Timeout or Celery's SoftTimeLimitExceeded, and the breaker catches BaseException, so it "
        "is a failure (executed; pybreaker/__init__.py, 1.4.1). If its class is excluded, it is a "
        "success; in that case use on_cancel=success. An async function returns its coroutine at "
        "once, which call() takes for a success; it does not see what becomes of the coroutine.",
};

constexpr std::array<std::string_view, 5> calling_surprises{
    "While half-open, the breaker lets every request through, so the full load hits an upstream "
    "that has only just come back.",
    "A late failure while the breaker is open restarts the open period, unless a late success came "
    "before it.",
    "The late success of a call from a half-open state closes the breaker even while it is open, "
    "without any wait.",
    "The late failure of a call from a half-open state opens the breaker even while it is closed, "
    "whatever fail_max is.",
    "A task that is cancelled inside the block is a failure, unless CancelledError is excluded.",
};

constexpr Portrait calling_portrait{
    .library = "pybreaker 1.4.1 (Python), with breaker.calling()",
    .evidence = Evidence::executed,
    .answers =
        {">= : over at opened + reset_timeout", ">=, whole numbers", "on failures",
         "completed calls", "everybody",
         "it counts as in the state that admitted it, so it can prolong, close or open any state",
         "failures by any success and on close; successes on every change of state"},
    .surprises = calling_surprises,
    .counting =
        "Your code decides: every exception is a failure except those of excluded classes "
        "(pybreaker/__init__.py, 1.4.1). requests and httpx do not raise an exception for a status "
        "unless raise_for_status() is called; if it is called, 4xx counts, too. tripcurve counts "
        "5xx.",
    .cancelling =
        "What gives a call up in Python is an exception, such as KeyboardInterrupt, Celery's "
        "SoftTimeLimitExceeded or asyncio's CancelledError in the block, and the breaker catches "
        "BaseException, so it is a failure (executed; pybreaker/__init__.py, 1.4.1). If its class "
        "is excluded, it is a success; in that case use on_cancel=success.",
};

}  // namespace

const Dialect& pybreaker_dialect() {
  static constexpr Dialect dialect{
      .name = "pybreaker",
      .summary = "failures in a row; one call runs at a time, and the other callers wait",
      .keys = pybreaker_keys<Api::call>,
      .portrait = &call_portrait,
      .make = make_pybreaker<Api::call>,
      .facts = pybreaker_facts<Api::call>,
      .warnings = call_warnings,
      .holds_callers = true,
      .on_cancel = OnCancel::failure};
  return dialect;
}

const Dialect& pybreaker_calling_dialect() {
  static constexpr Dialect dialect{
      .name = "pybreaker_calling",
      .summary = "failures in a row; a late result counts as in the state that admitted its call",
      .keys = pybreaker_keys<Api::calling>,
      .portrait = &calling_portrait,
      .make = make_pybreaker<Api::calling>,
      .facts = pybreaker_facts<Api::calling>,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
