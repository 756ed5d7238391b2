#include "breaker/dialects/failsafe_go.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "breaker/dialects/failsafe.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

constexpr std::uint64_t failsafe_go_buckets = 10;

constexpr FailsafeLibrary failsafe_go_library{
    .open_error = "ErrOpen",
    .whole = 1,
    .rounded = [](double part) { return std::round(part * 100) / 100; },
    .time_window = [](Duration period, TimePoint /*now*/) -> CallWindow {
      return GridWindow(failsafe_go_buckets, period / failsafe_go_buckets, TimePoint{});
    }};

constexpr std::array failsafe_go_keys{
    Key{"WithFailureThreshold", "", "", "opens at this many failures in a row; 1 if none is set",
        whole(1, most_in_window)},
    Key{"WithFailureThresholdRatio", "", "",
        "opens at this many failures among the last results: 3/5", list()},
    Key{"WithFailureThresholdPeriod", "", "", "opens at this many failures within a period: 3/10s",
        list()},
    Key{"WithFailureRateThreshold", "", "",
        "opens at this share of failures in a period with at least that many results: 0.5/20/10s",
        list()},
    Key{"WithSuccessThreshold", "", "", "this many successes in a row close the half-open breaker",
        whole(0, most_in_window)},
    Key{"WithSuccessThresholdRatio", "", "",
        "this many successes among the last results close the half-open breaker: 3/5", list()},
    Key{"WithDelay", "", "60s", "the breaker stays open this long", duration()},
};

constexpr Values failsafe_go_any_count = whole(0, most_in_window);
constexpr Values some_count = whole(1, most_in_window);

// The arguments of a call, or none when it was not called.
std::vector<std::string_view> arguments(SettingsReader& read, std::string_view key,
                                        std::size_t number, std::string_view example) {
  auto parts = read.list(key);
  if (!parts.empty() && parts.size() != number) {
    read.refuse(
        key,
        fmt::format("{} is not a valid list of its {} arguments", quoted(read.text(key)), number),
        fmt::format("write {}", example));
    parts.clear();
  }
  return parts;
}

Duration read_failsafe_go_period(SettingsReader& read, std::string_view key,
                                 std::string_view part) {
  const auto period = read.duration(key, part, duration());
  if (period > Duration::zero() && period < Duration(failsafe_go_buckets)) {
    read.refuse(key, quoted(part) + " is too short for ten buckets", "it takes at least 10ns");
  }
  return period;
}

void read_failsafe_go_failure_threshold(SettingsReader& read, FailsafeConfig& config) {
  if (read.has("WithFailureThreshold")) {
    config.failure_threshold = read.whole("WithFailureThreshold");
    config.failure_capacity = config.failure_threshold;
  }
  constexpr std::string_view ratio = "WithFailureThresholdRatio";
  if (const auto parts = arguments(read, ratio, 2, "3/5"); !parts.empty()) {
    config.failure_threshold = read.whole(ratio, parts[0], some_count);
    config.failure_capacity = read.whole(ratio, parts[1], some_count);
  }
  constexpr std::string_view period = "WithFailureThresholdPeriod";
  if (const auto parts = arguments(read, period, 2, "3/10s"); !parts.empty()) {
    config.failure_threshold = read.whole(period, parts[0], some_count);
    config.failure_capacity = config.failure_threshold;
    config.execution_threshold = config.failure_threshold;
    config.period = read_failsafe_go_period(read, period, parts[1]);
  }
}

// Read as if it was called after the other thresholds: what it sets, it replaces.
void read_failsafe_go_rate_threshold(SettingsReader& read, FailsafeConfig& config) {
  constexpr std::string_view key = "WithFailureRateThreshold";
  if (const auto parts = arguments(read, key, 3, "0.5/20/10s"); !parts.empty()) {
    config.failure_rate = read.number(key, parts[0], ratio());
    config.execution_threshold = read.whole(key, parts[1], failsafe_go_any_count);
    config.period = read_failsafe_go_period(read, key, parts[2]);
  }
}

void read_failsafe_go_success_threshold(SettingsReader& read, FailsafeConfig& config) {
  if (read.has("WithSuccessThreshold")) {
    config.success_threshold = read.whole("WithSuccessThreshold");
    config.success_capacity = config.success_threshold;
  }
  constexpr std::string_view ratio = "WithSuccessThresholdRatio";
  if (const auto parts = arguments(read, ratio, 2, "3/5"); !parts.empty()) {
    config.success_threshold = read.whole(ratio, parts[0], failsafe_go_any_count);
    config.success_capacity = read.whole(ratio, parts[1], failsafe_go_any_count);
  }
}

// Of calls that set the same, the library obeys the last; settings have no order.
void refuse_rivals(SettingsReader& read, std::initializer_list<std::string_view> rivals) {
  std::string_view first;
  for (const auto key : rivals) {
    if (!read.has(key)) {
      continue;
    }
    if (!first.empty()) {
      read.refuse(key, fmt::format("it sets the same as {}", first), "keep one of them");
    }
    first = key;
  }
}

Result<FailsafeConfig> read_failsafe_go(const Settings& settings) {
  SettingsReader read(failsafe_go_keys, settings);
  FailsafeConfig config;
  refuse_rivals(
      read, {"WithFailureThreshold", "WithFailureThresholdRatio", "WithFailureThresholdPeriod"});
  refuse_rivals(read, {"WithSuccessThreshold", "WithSuccessThresholdRatio"});
  read_failsafe_go_failure_threshold(read, config);
  read_failsafe_go_rate_threshold(read, config);
  read_failsafe_go_success_threshold(read, config);
  config.delay = read.duration("WithDelay");
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_failsafe_go(const Settings& settings, Random /*random*/) {
  const auto config = read_failsafe_go(settings);
  if (!config) {
    return config.error();
  }
  return std::unique_ptr<Breaker>(std::make_unique<Failsafe>(failsafe_go_library, *config));
}

Facts failsafe_go_facts(const Settings& settings) {
  return failsafe_facts(failsafe_go_library, *read_failsafe_go(settings));
}

std::vector<Warning> failsafe_go_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_failsafe_go(settings);
  const SettingsReader read(failsafe_go_keys, settings);
  auto found = failsafe_warnings(config);
  if (read.has("WithFailureRateThreshold") && config.failure_rate == 0) {
    found.push_back({"WithFailureRateThreshold",
                     fmt::format("a rate of 0 is not used as a rate: the breaker opens at {} "
                                 "failures among at least {} results",
                                 config.failure_threshold, config.execution_threshold),
                     "write a rate above 0"});
  }
  for (const auto key :
       {"WithFailureThreshold", "WithFailureThresholdRatio", "WithFailureThresholdPeriod"}) {
    if (config.failure_rate != 0 && read.has(key)) {
      found.push_back(
          {key, "has no effect together with WithFailureRateThreshold", "keep one of them"});
    }
  }
  if (config.failure_threshold > config.failure_capacity) {
    found.push_back({"WithFailureThresholdRatio",
                     fmt::format("there are never {} failures among the last {} results",
                                 config.failure_threshold, config.failure_capacity),
                     "write the smaller number first: 3/5"});
  }
  if (config.success_threshold > config.success_capacity) {
    found.push_back(
        {"WithSuccessThresholdRatio",
         fmt::format(
             "there are never {} successes among the last {} results, so half-open never ends",
             config.success_threshold, config.success_capacity),
         "write the smaller number first: 3/5"});
  }
  return found;
}

constexpr std::array<std::string_view, 6> failsafe_go_surprises{
    "With a threshold of 0.9, 1 success out of 10 closes the breaker again, because 1 - 0.9 is "
    "slightly less than 0.1 in float64.",
    "The measured rate is rounded to two decimals but the threshold is not: 1 of 3 never reaches "
    "0.333, while 1 of 8 reaches 0.13.",
    "With WithFailureThreshold(n) and no success threshold, the first success while half-open "
    "closes the breaker, but n failures are needed to reopen it.",
    "WithFailureRateThreshold(0, ...) is not used as a rate; it opens the breaker on the first "
    "failure.",
    "While half-open, concurrency is limited, and every late result raises the limit by one.",
    "A call that its caller cancels is a failure, and so are the calls that a HedgePolicy outside "
    "the breaker gives up.",
};

constexpr Portrait failsafe_go_portrait{
    .library = "failsafe-go v0.9.7 (Go)",
    .evidence = Evidence::executed,
    .answers = {">= : over at opened + delay, for the next call",
                ">=, whole numbers; rates in float64, rounded to two decimals",
                "on every result, successes included", "completed calls",
                "a limited number at once; every result gives back a place, whoever took it",
                "it counts in the state in which it arrives", "on half-open and on close"},
    .surprises = failsafe_go_surprises,
    .counting =
        "Your code decides: an error is a failure unless HandleErrors, HandleResult or HandleIf "
        "say otherwise (policy package, v0.9.7). Go's net/http returns no error for any status, so "
        "unless your own code makes it an error, not even a 500 counts. tripcurve counts 5xx, as "
        "such code usually does.",
    .cancelling =
        "A call whose context is cancelled returns an error that wraps context.Canceled, and it "
        "counts as every error does (executed; failsafehttp/client.go, policy/policyexecutor.go, "
        "v0.9.7). If HandleErrors names only other errors, it is a success; in that case use "
        "on_cancel=success. The calls that a HedgePolicy outside the breaker gives up count in "
        "the same way.",
};

}  // namespace

const Dialect& failsafe_go_dialect() {
  static constexpr Dialect dialect{
      .name = "failsafe-go",
      .summary = "Failsafe with Go's arithmetic: clock-aligned buckets, rates to two decimals",
      .keys = failsafe_go_keys,
      .portrait = &failsafe_go_portrait,
      .make = make_failsafe_go,
      .facts = failsafe_go_facts,
      .warnings = failsafe_go_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
