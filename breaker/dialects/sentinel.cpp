#include "breaker/dialects/sentinel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"

namespace tripcurve::breaker {

using Grade = SentinelConfig::Grade;

Admission Sentinel::try_acquire(TimePoint now) {
  if (state() == State::closed) {
    return admit(now);
  }
  if (state() == State::open && now >= next_retry_) {
    enter(State::half_open, now, passed_since(config_.time_window, "it opened"));
    return admit(now);
  }
  return reject("DegradeException");
}

std::string_view Sentinel::record(const Permit& permit, Outcome outcome, CallEnd end,
                                  TimePoint now) {
  if (outcome == Outcome::ignored) {
    if (permit.state == State::half_open && state() == State::half_open) {
      enter(State::open, now, "the trial does not count");  // the retry time stays
    }
    return {};
  }
  const bool bad = is_bad(permit, outcome, now);
  window_.add(now, one_call(bad));
  if (state() == State::half_open) {
    if (bad) {
      open(now, first_result_fails(bad_words(end)));
    } else {
      enter(State::closed, now,
            permit.spell == spell() ? trials_succeeded(1) : late_success_closes());
      window_.clear();
    }
  } else if (state() == State::closed && is_exceeded()) {
    const auto& [calls, failures, slow] = window_.totals();
    open(now, fmt::format("{} of {} were {}", failures, count_of(calls, "call"),
                          config_.grade == Grade::slow_ratio ? "slow" : "errors"));
  }
  return {};
}

bool Sentinel::is_bad(const Permit& permit, Outcome outcome, TimePoint now) const {
  return config_.grade == Grade::slow_ratio
             ? millisecond_clock(now) - millisecond_clock(permit.given_at) > config_.slowest_good
             : outcome == Outcome::failure;
}

bool Sentinel::is_exceeded() const {
  const auto& [calls, bad, slow] = window_.totals();
  if (calls < config_.min_request_amount) {
    return false;
  }
  const double ratio = static_cast<double>(bad) / static_cast<double>(calls);
  switch (config_.grade) {
    case Grade::slow_ratio:
      return ratio > config_.slow_ratio_threshold ||
             (ratio == 1 && config_.slow_ratio_threshold == 1);
    case Grade::error_ratio:
      return ratio > config_.count;
    case Grade::error_count:
      return static_cast<double>(bad) > config_.count;
  }
  return false;
}

std::string Sentinel::bad_words(CallEnd end) const {
  return config_.grade == Grade::slow_ratio ? "a slow one" : words(end);
}

void Sentinel::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  next_retry_ = millisecond_clock(now) + config_.time_window;
}

namespace {

constexpr std::array<std::string_view, 3> grades{"0", "1", "2"};
constexpr double most_seconds = 2'147'483;  // its milliseconds are an int

constexpr std::array sentinel_keys{
    Key{"grade", "", "0",
        "what is counted: slow calls (0), the share of errors (1) or the number of errors (2)",
        one_of(grades)},
    Key{"count", "", "",
        "grade 0: a call is slow above this many ms; grade 1: opens above this share of errors; "
        "grade 2: opens above this many errors; the library has no default, so tripcurve uses "
        "1000, 0.5 and 5",
        number(0, max_int32)},
    Key{"timeWindow", "", "10", "the breaker stays open this many seconds",
        seconds(1, most_seconds)},
    Key{"minRequestAmount", "", "5", "opens only if the window has this many results", whole(1)},
    Key{"slowRatioThreshold", "", "1", "grade 0: opens above this share of slow calls", ratio()},
    Key{"statIntervalMs", "", "1000", "length of the window", milliseconds(1, max_int32)},
};

double default_count(Grade grade) {
  switch (grade) {
    case Grade::slow_ratio:
      return 1000;
    case Grade::error_ratio:
      return 0.5;
    case Grade::error_count:
      return 5;
  }
  return 0;
}

template <typename Unit>
void need_whole(SettingsReader& read, std::string_view key, Duration value,
                std::string_view units) {
  if (value % Unit(1) != Duration::zero()) {
    read.refuse(key, fmt::format("{} is not a whole number of {}", format_duration(value), units),
                "the library counts in whole ones");
  }
}

Result<SentinelConfig> read_sentinel(const Settings& settings) {
  SettingsReader read(sentinel_keys, settings);
  const auto grade = read.word<Grade>("grade");
  const double count = read.has("count") ? read.number("count") : default_count(grade);
  if (grade == Grade::error_ratio && count > 1) {
    read.refuse("count", fmt::format("{} is above 1, but grade 1 takes a share", count),
                "write a share such as 0.5, or choose grade=2");
  }
  const SentinelConfig config{
      .grade = grade,
      .count = count,
      .slowest_good = std::chrono::milliseconds(static_cast<std::int64_t>(std::floor(count + 0.5))),
      .slow_ratio_threshold = read.number("slowRatioThreshold"),
      .time_window = read.duration("timeWindow"),
      .min_request_amount = read.whole("minRequestAmount"),
      .stat_interval = read.duration("statIntervalMs")};
  need_whole<std::chrono::seconds>(read, "timeWindow", config.time_window, "seconds");
  need_whole<std::chrono::milliseconds>(read, "statIntervalMs", config.stat_interval,
                                        "milliseconds");
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_sentinel(const Settings& settings, Random /*random*/) {
  return make_breaker<Sentinel>(read_sentinel(settings));
}

// Above this share of errors there is nothing.
bool never_opens(const SentinelConfig& config) {
  return config.grade == Grade::error_ratio && config.count == 1;
}

Facts sentinel_facts(const Settings& settings) {
  const auto config = *read_sentinel(settings);
  Facts facts{.trips = {},
              .open_for = config.time_window,
              .trials_admitted = 1,
              .minimum_calls_key = "minRequestAmount"};
  if (never_opens(config)) {
    return facts;
  }
  TripRule rule{.kind = TripRule::Kind::share,
                .only_above = true,
                .minimum_calls = config.min_request_amount,
                .window = config.stat_interval,
                .tumbling = true};
  switch (config.grade) {
    case Grade::slow_ratio:
      rule.share = config.slow_ratio_threshold;
      rule.only_above = config.slow_ratio_threshold != 1;
      rule.of_slow_calls = true;
      rule.slow_from = config.slowest_good;
      break;
    case Grade::error_ratio:
      rule.share = config.count;
      break;
    case Grade::error_count:
      rule.kind = TripRule::Kind::count;
      rule.failures = static_cast<std::uint64_t>(config.count) + 1;
      break;
  }
  facts.trips.push_back(rule);
  return facts;
}

std::vector<Warning> sentinel_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_sentinel(settings);
  std::vector<Warning> found;
  if (never_opens(config)) {
    found.push_back({"count", "the share of errors is never above 1, so the breaker never opens",
                     "set it below 1, such as 0.99"});
  }
  const auto& threshold = *std::ranges::find(settings, "slowRatioThreshold", &Setting::key);
  if (config.grade != Grade::slow_ratio && threshold.given) {
    found.push_back({"slowRatioThreshold", "has no effect: only grade 0 looks at slow calls",
                     "leave it out; the threshold of grades 1 and 2 is count"});
  }
  return found;
}

constexpr std::array<std::string_view, 6> sentinel_surprises{
    "The window forgets everything at each whole statIntervalMs, so failures on both sides of such "
    "an edge do not add up.",
    "With grade 1 and a count of 1.0 the breaker never opens; with grade 0 and a "
    "slowRatioThreshold of 1.0 it does.",
    "A good result can open the breaker, if it brings the total up to minRequestAmount.",
    "While half-open, the result of a call from before the breaker opened decides, even though the "
    "probe is still running.",
    "Grade 0 takes fast errors for good calls; grades 1 and 2 take slow calls for good calls.",
    "With the reactor adapter, a probe that its subscriber cancels closes the breaker, unless "
    "grade 0 finds it slow.",
};

constexpr Portrait sentinel_portrait{
    .library = "Alibaba Sentinel 1.8.9 (Java)",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + timeWindow, on the next call",
                "> , ratios in double; only a slow ratio of 1.0 is reached at equality",
                "on every result while closed", "completed calls",
                "one probe; all others are rejected, without a deadline",
                "closed or open: counted; half-open: it decides as the probe's own result would",
                "on close, and at each whole statIntervalMs of the clock"},
    .surprises = sentinel_surprises,
    .counting =
        "Your code decides: an exception that is traced into the entry is an error (Tracer.java, "
        "ExceptionCircuitBreaker.java, 1.8.9), and @SentinelResource traces those that its method "
        "throws. With a client that does not throw for a status, no status is an error. tripcurve "
        "counts 5xx and every call without an answer.",
    .cancelling =
        "Your code decides: a call that is interrupted throws an exception, and if that is traced "
        "into the entry, as @SentinelResource does, it is an error (SentinelResourceAspect.java, "
        "ExceptionCircuitBreaker.java, 1.8.9). In the reactor adapter, a cancelled subscription "
        "exits its entry without an error, so it is a good call unless it was slow, and a "
        "cancelled probe closes the breaker (executed; SentinelReactorSubscriber.java); in that "
        "case use on_cancel=success.",
};

}  // namespace

const Dialect& sentinel_dialect() {
  static constexpr Dialect dialect{
      .name = "sentinel",
      .summary = "slow calls or errors in one bucket of the clock, tested on every result",
      .keys = sentinel_keys,
      .portrait = &sentinel_portrait,
      .make = make_sentinel,
      .facts = sentinel_facts,
      .warnings = sentinel_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
