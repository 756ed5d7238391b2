#include "breaker/dialects/vertx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

std::int64_t clock_second(TimePoint now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

Admission Vertx::try_acquire(TimePoint now) {
  if (state() == State::open || (state() == State::half_open && trial_sent_)) {
    return reject("OpenCircuitException");
  }
  trial_sent_ = state() == State::half_open;
  return admit(now);
}

std::string_view Vertx::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  if (outcome != Outcome::failure) {
    window_.clear();
    if (state() == State::half_open) {
      enter(State::closed, now,
            permit.spell == spell() ? trials_succeeded(1) : late_success_closes());
    }
    return {};
  }
  if (permit.state == State::half_open) {
    open(now, permit.spell == spell() ? trial_failed(end) : earlier_call_failed(end));
    return {};
  }
  note_failure(now);
  if (const auto count = failures(now); count >= config_.max_failures && state() != State::open) {
    open(now, fmt::format("{} within {}, the last {}", count_of(count, "failure"),
                          format_duration(std::chrono::seconds(config_.window_s)), words(end)));
  }
  return {};
}

TimePoint Vertx::next_tick() const { return timers_.empty() ? never : timers_.front(); }

void Vertx::tick(TimePoint now) {
  while (!timers_.empty() && timers_.front() <= now) {
    timers_.pop_front();
    if (state() == State::open) {
      enter(State::half_open, now, passed_since(*config_.reset_timeout, "it opened"));
      trial_sent_ = false;
    }
  }
}

void Vertx::note_failure(TimePoint now) {
  if (window_.empty() || window_.back().number != clock_second(now)) {
    window_.push_back({clock_second(now), 0});
  }
  ++window_.back().failures;
  if (std::cmp_greater(window_.size(), config_.window_s)) {
    window_.pop_front();
  }
}

std::uint64_t Vertx::failures(TimePoint now) const {
  std::uint64_t count = 0;
  for (const auto& second : window_) {
    count += second.number >= clock_second(now) - config_.window_s ? second.failures : 0;
  }
  return count;
}

void Vertx::open(TimePoint now, std::string cause) {
  if (state() != State::open) {
    enter(State::open, now, std::move(cause));
  }
  if (config_.reset_timeout) {
    timers_.push_back(now + *config_.reset_timeout);
  }
}

namespace {

constexpr std::array<std::string_view, 1> no_reset{"-1"};

constexpr std::array vertx_keys{
    Key{"maxFailures", "failures", "5",
        "this many failures in the window, without a success between them, open the breaker",
        whole(0)},
    Key{"failuresRollingWindow", "window", "10s", "the length of the window, in whole seconds",
        milliseconds()},
    Key{"resetTimeout", "reset", "30s", "the breaker stays open this long; -1: for ever",
        or_word(milliseconds(1), no_reset)},
};

Result<VertxConfig> read_vertx(const Settings& settings) {
  SettingsReader read(vertx_keys, settings);
  const auto window = read.whole_milliseconds("failuresRollingWindow");
  const VertxConfig config{
      .max_failures = read.whole("maxFailures"),
      .window_s = std::chrono::floor<std::chrono::seconds>(window).count(),
      .reset_timeout = read.is_word("resetTimeout")
                           ? std::nullopt
                           : std::optional(read.whole_milliseconds("resetTimeout"))};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_vertx(const Settings& settings, Random /*random*/) {
  return make_breaker<Vertx>(read_vertx(settings));
}

Facts vertx_facts(const Settings& settings) {
  const auto config = *read_vertx(settings);
  Facts facts{.trips = {},
              .open_for = config.reset_timeout.value_or(std::chrono::hours(10'000)),
              .trials_admitted = 1};
  if (config.window_s > 0 || config.max_failures == 0) {
    facts.trips.push_back({.kind = TripRule::Kind::consecutive,
                           .failures = std::max<std::uint64_t>(config.max_failures, 1)});
  }
  return facts;
}

std::vector<Warning> vertx_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_vertx(settings);
  std::vector<Warning> found;
  const auto window = std::chrono::seconds(config.window_s);
  const auto calls = traffic.calls_per_second * static_cast<double>(config.window_s);
  if (config.window_s == 0 && config.max_failures > 0) {
    found.push_back({"failuresRollingWindow",
                     "is below a second, and the library keeps no failures that long, so the "
                     "breaker never opens",
                     "set it to at least a second, such as 10s"});
  } else if (traffic.calls_per_second > 0 && calls < static_cast<double>(config.max_failures)) {
    found.push_back({"failuresRollingWindow",
                     fmt::format("needs {} in {}, but {:.3g}/s bring only {:.3g}",
                                 count_of(config.max_failures, "failure"), format_duration(window),
                                 traffic.calls_per_second, calls),
                     "lengthen it, or lower maxFailures"});
  }
  if (!config.reset_timeout) {
    found.push_back({"resetTimeout", "is -1, so the breaker stays open until your code resets it",
                     "set it to the time for which it should stay open, such as 30s"});
  }
  return found;
}

constexpr std::array<std::string_view, 6> vertx_surprises{
    "A success clears all failures, so maxFailures=5 means 5 in a row within the window.",
    "While half-open, the late success of a call from before the breaker opened closes it, even "
    "though the trial is still running.",
    "A trial that a late result has overtaken still takes effect: its failure opens a breaker that "
    "is already closed, or sets a second timer, which makes the breaker half-open too early the "
    "next time.",
    "Opening does not clear the failures: while half-open, the late failure of an earlier call "
    "opens the breaker again.",
    "Calls end after 10 s by default (timeout). -1 turns that off; then a trial that never ends "
    "leaves the breaker half-open for ever.",
    "With maxRetries only the last try of a call counts as a failure, but a success of any try "
    "clears the failures.",
};

constexpr Portrait vertx_portrait{
    .library = "Vert.x Circuit Breaker 5.0.8 (vertx-circuit-breaker)",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + resetTimeout, by a timer",
                ">= : the count of failures against maxFailures", "on failures",
                "failures, by the second of the clock; a success clears them",
                "one call; all others are rejected until it ends",
                "it takes effect in whatever state it arrives", "on every success"},
    .surprises = vertx_surprises,
    .counting =
        "The future of the operation decides: if it fails, the call is a failure, unless a "
        "failurePolicy says otherwise (5.0.8, CircuitBreakerImpl.java). Vert.x's WebClient does "
        "not fail for any status, so without code for it not even a 500 counts. tripcurve counts "
        "5xx, as such code usually does.",
    .cancelling =
        "A future of Vert.x cannot be cancelled: if the caller goes away, the call continues and "
        "counts as it ends, or as a failure after timeout. If your code resets the request, the "
        "future of the operation fails, and this is a failure, unless a failurePolicy says "
        "otherwise (executed; CircuitBreakerImpl.java, 5.0.8). tripcurve does the latter.",
};

}  // namespace

const Dialect& vertx_dialect() {
  static constexpr Dialect dialect{
      .name = "vertx",
      .summary = "failures in a window that a success clears; a timer half-opens it for one call",
      .keys = vertx_keys,
      .portrait = &vertx_portrait,
      .make = make_vertx,
      .facts = vertx_facts,
      .warnings = vertx_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
