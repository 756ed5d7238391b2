#include "breaker/dialects/cockatiel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"
#include "breaker/parts/variant.hpp"

namespace tripcurve::breaker {
namespace {

Duration from_ms(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

}  // namespace

Admission CockatielPolicy::try_acquire(TimePoint now) {
  if (state() == State::closed) {
    return admit(now);
  }
  if (state() == State::open) {
    if (to_milliseconds(millisecond_clock(now) - opened_) < open_for_ms_) {
      return reject("BrokenCircuitError");
    }
    enter(State::half_open, now, passed_since(from_ms(open_for_ms_), "it opened"));
  }
  return acquire_half_open(now);
}

std::string_view CockatielPolicy::record(const Permit& permit, Outcome outcome, CallEnd end,
                                         TimePoint now) {
  if (permit.state == State::half_open) {
    record_trial(permit, outcome, end, now);
    return {};
  }
  switch (outcome) {
    case Outcome::ignored:
      break;
    case Outcome::success:
      breaker_->push(false, now);
      break;
    case Outcome::failure:
      breaker_->push(true, now);
      if (breaker_->trips()) {
        open(now, breaker_->cause(end));
      }
      break;
  }
  return {};
}

void CockatielPolicy::open(TimePoint now, std::string cause) {
  if (state() == State::open) {
    return;
  }
  open_for_ms_ = state() == State::half_open ? backoff_->next_ms() : backoff_->first_ms();
  opened_ = millisecond_clock(now);
  enter(State::open, now, std::move(cause));
}

Admission Cockatiel::acquire_half_open(TimePoint now) {
  if (verdict_of_ != spell()) {
    verdict_of_ = spell();
    started_ = successes_ = failures_ = 0;
  }
  if (started_ >= trials_) {
    return hold(now);
  }
  ++started_;
  return admit(now);
}

void Cockatiel::record_trial(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  if (permit.spell != spell()) {
    return;
  }
  if (outcome == Outcome::failure) {
    ++failures_;
    if (static_cast<double>(failures_) > threshold_ * static_cast<double>(trials_)) {
      breaker().push(true, now);
      open(now, trial_failed(end));
      return;
    }
  } else {
    ++successes_;
  }
  if (successes_ + failures_ == trials_) {
    breaker().reset();
    breaker().push(false, now);
    enter(State::closed, now,
          failures_ == 0
              ? trials_succeeded(successes_)
              : fmt::format("{} of {} succeeded", successes_, count_of(trials_, "trial")));
  }
}

Admission Cockatiel3::acquire_half_open(TimePoint now) {
  if (is_running(spell())) {
    return hold(now, waits_for_.add(spell()));
  }
  trials_.push_back(spell());
  return admit(now);
}

Admission Cockatiel3::resume(const Permit& held, TimePoint now) {
  auto& trial = waits_for_[held.note];
  if (is_running(trial)) {
    return {Admission::Answer::waiting, held, {}};
  }
  if (is_running(spell())) {
    trial = spell();
    return {Admission::Answer::waiting, held, {}};
  }
  waits_for_.remove(held.note);
  return try_acquire(now);
}

void Cockatiel3::record_trial(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  std::erase(trials_, permit.spell);
  switch (outcome) {
    case Outcome::failure:
      breaker().push(true, now);
      open(now, trial_failed(end));
      return;
    case Outcome::success:
      breaker().reset();
      breaker().push(false, now);
      break;
    case Outcome::ignored:
      break;
  }
  if (state() == State::half_open) {
    enter(State::closed, now,
          outcome == Outcome::success
              ? trials_succeeded(1)
              : "a trial ended in an error that the policy does not handle");
  }
}

bool Cockatiel3::is_running(std::uint64_t trial) const {
  return std::ranges::find(trials_, trial) != trials_.end();
}

namespace {

using Type = CockatielBreakerConfig::Type;
using Generator = CockatielBackoffConfig::Generator;

constexpr double most_results = 1'000'000;
constexpr double longest_sampling_ms = 1e9;  // a million windows
constexpr std::array<std::string_view, 3> breaker_types{"ConsecutiveBreaker", "CountBreaker",
                                                        "SamplingBreaker"};
constexpr std::array<std::string_view, 3> backoff_types{"ConstantBackoff", "IterableBackoff",
                                                        "ExponentialBackoff"};
constexpr std::array<std::string_view, 4> generators{"noJitterGenerator", "fullJitterGenerator",
                                                     "halfJitterGenerator",
                                                     "decorrelatedJitterGenerator"};
constexpr std::array<std::string_view, 1> cockatiel_mark{"ignored"};

constexpr std::array cockatiel_keys{
    Key{"breaker.type", "", "ConsecutiveBreaker",
        "what is counted: failures in a row, their share of the last calls, or their share in a "
        "time window",
        one_of(breaker_types)},
    Key{"breaker.threshold", "", "5",
        "ConsecutiveBreaker: opens at this many failures in a row; the others: opens above this "
        "share of failures, between 0 and 1",
        number()},
    Key{"breaker.size", "", "", "CountBreaker: judges this many of the latest results",
        whole(1, most_results)},
    Key{"breaker.minimumNumberOfCalls", "", "",
        "CountBreaker: opens only if there are this many results; the default is size", whole(1)},
    Key{"breaker.duration", "", "", "SamplingBreaker: total length of its windows",
        milliseconds(0, longest_sampling_ms)},
    Key{"breaker.minimumRps", "", "",
        "SamplingBreaker: opens only if the windows hold this many results per second; the "
        "default, also for 0, is 5/threshold",
        number(0, std::numeric_limits<double>::max())},
    Key{"halfOpenAfter", "", "10s", "the breaker stays open this long", milliseconds()},
    Key{"halfOpenAfter.type", "", "",
        "replaces halfOpenAfter: the breaker stays open longer each time", one_of(backoff_types)},
    Key{"halfOpenAfter.interval", "", "", "ConstantBackoff: the breaker stays open this long",
        milliseconds()},
    Key{"halfOpenAfter.durations", "", "",
        "IterableBackoff: the open time of each opening, such as 100ms/300ms; the last value "
        "repeats",
        list()},
    Key{"halfOpenAfter.initialDelay", "", "",
        "ExponentialBackoff: the first delay, 128ms by default", milliseconds()},
    Key{"halfOpenAfter.maxDelay", "", "", "ExponentialBackoff: the longest delay, 30s by default",
        milliseconds()},
    Key{"halfOpenAfter.exponent", "", "",
        "ExponentialBackoff: the growth factor, 2 by default; only decorrelatedJitterGenerator "
        "uses it",
        number()},
    Key{"halfOpenAfter.generator", "", "",
        "ExponentialBackoff: the generator, decorrelatedJitterGenerator by default",
        one_of(generators)},
    Key{"unhandled", "", "", "says which calls end in errors that the policy does not handle",
        one_of(cockatiel_mark)},
    Key{"halfOpenSampling.calls", "", "1", "half-open: the number of trials; other callers wait",
        whole(1)},
    Key{"halfOpenSampling.threshold", "", "0",
        "half-open: the breaker opens again above this share of failed trials, below 1", ratio()},
};
constexpr std::size_t keys_of_4_only = 2;  // the last

void check_breaker(SettingsReader& read, Type type) {
  check_variant(read, "breaker.type=CountBreaker", type == Type::count,
                {"breaker.size", "breaker.minimumNumberOfCalls"},
                {"breaker.threshold", "breaker.size"});
  check_variant(read, "breaker.type=SamplingBreaker", type == Type::sampling,
                {"breaker.duration", "breaker.minimumRps"},
                {"breaker.threshold", "breaker.duration"});
}

CockatielBreakerConfig read_breaker(SettingsReader& read) {
  CockatielBreakerConfig config{.type = read.word<Type>("breaker.type"),
                                .threshold = read.number("breaker.threshold")};
  check_breaker(read, config.type);
  if (read.error() || config.type == Type::consecutive) {
    return config;
  }
  if (config.threshold <= 0 || config.threshold >= 1) {
    read.refuse("breaker.threshold",
                fmt::format("{} is not a valid share of calls", config.threshold),
                "write a number between 0 and 1, excluding both");
  }
  if (config.type == Type::count) {
    config.size = read.whole("breaker.size");
    config.minimum_calls = read.has("breaker.minimumNumberOfCalls")
                               ? read.whole("breaker.minimumNumberOfCalls")
                               : config.size;
    if (config.minimum_calls > config.size) {
      read.refuse("breaker.minimumNumberOfCalls",
                  fmt::format("{} is more than breaker.size={}", config.minimum_calls, config.size),
                  fmt::format("write 1 to {}", config.size));
    }
  } else {
    config.duration = read.duration("breaker.duration");
    config.minimum_rps = read.has("breaker.minimumRps") ? read.number("breaker.minimumRps") : 0;
  }
  return config;
}

CockatielBackoffConfig read_backoff(SettingsReader& read) {
  enum class Backoff : std::uint8_t { constant, iterable, exponential };
  const bool has_type = read.has("halfOpenAfter.type");
  const auto type = has_type ? read.word<Backoff>("halfOpenAfter.type") : Backoff::constant;
  if (has_type && read.is_given("halfOpenAfter")) {
    read.refuse("halfOpenAfter", "it is given both as a duration and as halfOpenAfter.type",
                "keep one of them");
  }
  check_variant(read, "halfOpenAfter.type=ConstantBackoff", has_type && type == Backoff::constant,
                {"halfOpenAfter.interval"}, {"halfOpenAfter.interval"});
  check_variant(read, "halfOpenAfter.type=IterableBackoff", type == Backoff::iterable,
                {"halfOpenAfter.durations"}, {"halfOpenAfter.durations"});
  check_variant(read, "halfOpenAfter.type=ExponentialBackoff", type == Backoff::exponential,
                {"halfOpenAfter.initialDelay", "halfOpenAfter.maxDelay", "halfOpenAfter.exponent",
                 "halfOpenAfter.generator"},
                {});
  CockatielBackoffConfig config;
  if (read.error()) {
    return config;
  }
  switch (type) {
    case Backoff::constant:
      config.delays_ms = {
          to_milliseconds(read.duration(has_type ? "halfOpenAfter.interval" : "halfOpenAfter"))};
      break;
    case Backoff::iterable:
      for (const auto part : read.list("halfOpenAfter.durations")) {
        config.delays_ms.push_back(
            to_milliseconds(read.duration("halfOpenAfter.durations", part, milliseconds())));
      }
      if (config.delays_ms.empty()) {
        config.delays_ms = {0};  // `undefined` in the library: open ends at once
      }
      break;
    case Backoff::exponential:
      if (read.has("halfOpenAfter.initialDelay")) {
        config.initial_delay_ms = to_milliseconds(read.duration("halfOpenAfter.initialDelay"));
      }
      if (read.has("halfOpenAfter.maxDelay")) {
        config.max_delay_ms = to_milliseconds(read.duration("halfOpenAfter.maxDelay"));
      }
      if (read.has("halfOpenAfter.exponent")) {
        config.exponent = read.number("halfOpenAfter.exponent");
      }
      if (read.has("halfOpenAfter.generator")) {
        config.generator = read.word<Generator>("halfOpenAfter.generator");
      }
      break;
  }
  return config;
}

Result<CockatielConfig> read_config(std::span<const Key> of_version, const Settings& settings) {
  SettingsReader read(of_version, settings);
  CockatielConfig config{.breaker = read_breaker(read), .backoff = read_backoff(read)};
  if (read.has("unhandled")) {
    static_cast<void>(read.word<std::size_t>("unhandled"));
  }
  if (of_version.size() == cockatiel_keys.size()) {
    config.trials = read.whole("halfOpenSampling.calls");
    config.trial_threshold = read.number("halfOpenSampling.threshold");
    if (config.trial_threshold >= 1) {
      read.refuse("halfOpenSampling.threshold", "no share of failed trials can be above 1",
                  "write a number from 0 up to, but not including, 1");
    }
  }
  return read.result(config);
}

// The settings tell the version: those of 3.2.1 lack the keys of 4.0.0 only.
CockatielConfig checked_config(const Settings& settings) {
  return *read_config(std::span(cockatiel_keys).first(settings.size()), settings);
}

template <typename Policy>
Result<std::unique_ptr<Breaker>> make_cockatiel(const Settings& settings, Random random) {
  return make_breaker<Policy>(
      read_config(std::span(cockatiel_keys).first(settings.size()), settings), random);
}

Facts cockatiel_facts(const Settings& settings) {
  const auto config = checked_config(settings);
  const auto& [type, threshold, size, minimum_calls, duration, minimum_rps] = config.breaker;
  const auto tolerated = static_cast<std::uint64_t>(
      std::floor(config.trial_threshold * static_cast<double>(config.trials)));
  Facts facts{
      .trips = {},
      .open_for = from_ms(config.backoff.delays_ms.empty() ? config.backoff.initial_delay_ms
                                                           : config.backoff.delays_ms.front()),
      .trials_admitted = config.trials,
      .trials_needed = config.trials - tolerated};
  switch (type) {
    case Type::consecutive:
      facts.trips.push_back(
          {.kind = TripRule::Kind::consecutive,
           .failures = static_cast<std::uint64_t>(std::ceil(std::max(threshold, 1.0)))});
      break;
    case Type::count:
      facts.trips.push_back({.kind = TripRule::Kind::share,
                             .share = threshold,
                             .only_above = true,
                             .minimum_calls = minimum_calls,
                             .window_calls = size});
      facts.minimum_calls_key = "breaker.minimumNumberOfCalls";
      break;
    case Type::sampling:
      facts.trips.push_back(
          {.kind = TripRule::Kind::share,
           .share = threshold,
           .only_above = true,
           .minimum_calls = static_cast<std::uint64_t>(std::ceil(config.breaker.volume())),
           .window = duration});
      facts.minimum_calls_key = "breaker.minimumRps";
      break;
  }
  return facts;
}

std::vector<Warning> cockatiel_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = checked_config(settings);
  const auto& breaker = config.breaker;
  std::vector<Warning> found;
  if (breaker.type == Type::consecutive &&
      (breaker.threshold <= 0 || breaker.threshold != std::floor(breaker.threshold))) {
    const auto opens = static_cast<std::uint64_t>(std::ceil(std::max(breaker.threshold, 1.0)));
    found.push_back({"breaker.threshold",
                     fmt::format("{} is used as it is, and opens on failure {} in a row",
                                 breaker.threshold, opens),
                     fmt::format("write {}", opens)});
  }
  if (breaker.type == Type::sampling && breaker.minimum_rps == 0 &&
      traffic.calls_per_second < 5 / breaker.threshold) {
    found.push_back({"breaker.minimumRps",
                     fmt::format("without a value, or with 0, it becomes 5/threshold = {:.4g} "
                                 "calls per second: {:.0f} in {}",
                                 5 / breaker.threshold, std::ceil(breaker.volume()),
                                 format_duration(breaker.duration)),
                     "set it to fewer calls per second than your load has"});
  }
  const auto& exponent = *std::ranges::find(settings, "halfOpenAfter.exponent", &Setting::key);
  if (exponent.given && config.backoff.generator != Generator::decorrelated_jitter) {
    found.push_back(
        {"halfOpenAfter.exponent",
         "has no effect: every generator except decorrelatedJitterGenerator doubles the delay",
         "leave it out"});
  }
  return found;
}

constexpr std::string_view cockatiel_abort_surprise =
    "With handleAll, a call that its caller aborts is a failure, so callers who give up can open "
    "the breaker.";

constexpr std::array<std::string_view, 7> cockatiel_surprises{
    "While half-open, callers that are not trials are not rejected. They wait for as long as the "
    "trials take.",
    "SamplingBreaker advances by one window per result, so after a pause failures from long ago "
    "still count.",
    "Without minimumRps, SamplingBreaker needs 5/threshold calls per second: 750 calls in 30s at a "
    "threshold of 0.2.",
    "While half-open, the late failure of a call from before the breaker opened can reopen it "
    "while a trial is running.",
    "29 failures out of 50 are above a threshold of 0.58, because 0.58*50 is 28.999999999999996 in "
    "a double.",
    "With halfOpenSampling.calls=3 and one caller at a time, three calls are needed to close the "
    "breaker, however long they take to arrive.",
    cockatiel_abort_surprise,
};

constexpr std::array<std::string_view, 5> surprises3{
    "While half-open, callers wait for the end of the trial, even if the breaker has reopened in "
    "the meantime.",
    "A trial from an earlier half-open state still counts: its success closes a later half-open "
    "state, and its failure opens a closed breaker.",
    "An error that the policy does not handle closes the breaker without a reset, so the next "
    "failure can open it at once.",
    "SamplingBreaker advances by one window per result, so after a pause failures from long ago "
    "still count.",
    cockatiel_abort_surprise,
};

constexpr std::string_view cockatiel_ends_open =
    ">= : half-open at opened + backoff, on the next call, in whole milliseconds";
constexpr std::string_view cockatiel_threshold =
    "in a row: >= ; shares: failures > threshold * total, a product of doubles";
constexpr std::string_view cockatiel_counted =
    "completed calls; unhandled errors are not counted, or count as a good trial";
constexpr std::string_view cockatiel_cleared = "on close, before the closing success is counted";

constexpr std::string_view cockatiel_cancelling =
    "With handleAll an aborted call is a failure, because fetch rejects with an AbortError and "
    "handleAll handles every error (executed; src/Policy.ts, src/common/Executor.ts, 4.0.0 and "
    "3.2.1). A policy that does not handle this error does not count the call while closed, and "
    "takes it for a good trial while half-open (src/CircuitBreakerPolicy.ts); in that case use "
    "on_cancel=ignored.";

constexpr Portrait cockatiel_portrait{
    .library = "cockatiel 4.0.0 (Node)",
    .evidence = Evidence::executed,
    .answers = {cockatiel_ends_open, cockatiel_threshold, "on failures", cockatiel_counted,
                "halfOpenSampling.calls trials; all other callers wait for the verdict",
                "from closed: the breaker object counts it and can reopen; from an earlier "
                "half-open state: it is dropped",
                cockatiel_cleared},
    .surprises = cockatiel_surprises,
    .counting =
        "Your code decides: handleAll, handleType and handleWhenResult say which errors and "
        "results are failures (src/Policy.ts, 4.0.0). fetch does not reject for any status, so "
        "without code for it not even a 500 counts. tripcurve counts 5xx, as such code usually "
        "does.",
    .cancelling = cockatiel_cancelling,
};

constexpr Portrait portrait3{
    .library = "cockatiel 3.2.1 (Node)",
    .evidence = Evidence::executed,
    .answers = {cockatiel_ends_open, cockatiel_threshold, "on failures", cockatiel_counted,
                "one trial; all other callers wait for its end",
                "from closed: the breaker object counts it and can reopen; from an earlier "
                "half-open state: it decides as the current trial would",
                cockatiel_cleared},
    .surprises = surprises3,
    .counting =
        "Your code decides: handleAll, handleType and handleWhenResult say which errors and "
        "results are failures (src/Policy.ts, 3.2.1). fetch does not reject for any status, so "
        "without code for it not even a 500 counts. tripcurve counts 5xx, as such code usually "
        "does.",
    .cancelling = cockatiel_cancelling,
};

}  // namespace

const Dialect& cockatiel_dialect() {
  static constexpr Dialect dialect{
      .name = "cockatiel",
      .summary = "while half-open, callers wait for the trials; three ways to count, and backoff",
      .keys = cockatiel_keys,
      .portrait = &cockatiel_portrait,
      .make = make_cockatiel<Cockatiel>,
      .facts = cockatiel_facts,
      .warnings = cockatiel_warnings,
      .heeds_while_closed = Heeds::ends,
      .holds_callers = true,
      .on_cancel = OnCancel::failure,
      .ignored_closes = true};
  return dialect;
}

const Dialect& cockatiel3_dialect() {
  static constexpr Dialect dialect{
      .name = "cockatiel3",
      .summary = "cockatiel 3.2.1: one trial, whose result counts whenever it arrives",
      .keys = std::span(cockatiel_keys).first(cockatiel_keys.size() - keys_of_4_only),
      .portrait = &portrait3,
      .make = make_cockatiel<Cockatiel3>,
      .facts = cockatiel_facts,
      .warnings = cockatiel_warnings,
      .heeds_while_closed = Heeds::ends,
      .holds_callers = true,
      .on_cancel = OnCancel::failure,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
