#include "breaker/dialects/failsafe.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {

Failsafe::Failsafe(const FailsafeLibrary& failsafe_library, const FailsafeConfig& config)
    : library_(failsafe_library), config_(config), window_(window_of_closed(TimePoint{})) {}

CallWindow Failsafe::window_of_closed(TimePoint now) const {
  if (config_.period > Duration::zero()) {
    return library_.time_window(config_.period, now);
  }
  return OutcomeRing(config_.closed_capacity());
}

double Failsafe::rate(std::uint64_t part, const WindowCounts& counts) const {
  return library_.rounded(static_cast<double>(part) / static_cast<double>(counts.calls));
}

bool Failsafe::trips(const WindowCounts& counts) const {
  if (counts.calls < config_.execution_threshold) {
    return false;
  }
  return config_.failure_rate != 0 ? rate(counts.failures, counts) >= config_.failure_rate
                                   : counts.failures >= config_.failure_threshold;
}

bool Failsafe::recovers(const WindowCounts& counts) const {
  if (config_.success_threshold != 0) {
    return counts.successes() >= config_.success_threshold;
  }
  if (config_.failure_rate != 0) {
    return counts.calls >= config_.execution_threshold &&
           rate(counts.successes(), counts) > library_.whole - config_.failure_rate;
  }
  return counts.successes() > config_.failure_capacity - config_.failure_threshold;
}

bool Failsafe::relapses(const WindowCounts& counts) const {
  if (config_.success_threshold != 0) {
    return counts.failures > config_.success_capacity - config_.success_threshold;
  }
  return config_.failure_rate != 0 ? trips(counts) : counts.failures >= config_.failure_threshold;
}

Admission Failsafe::try_acquire(TimePoint now) {
  if (state() == State::open && now - opened_at_ >= config_.delay) {
    enter(State::half_open, now, passed_since(config_.delay, "it opened"));
    places_ = config_.half_open_capacity();
    window_ = OutcomeRing(config_.half_open_capacity());
  }
  if (state() == State::open || (state() == State::half_open && places_ == 0)) {
    return reject(library_.open_error);
  }
  if (state() == State::half_open) {
    --places_;
  }
  return admit(now);
}

std::string_view Failsafe::record(const Permit& permit, Outcome outcome, CallEnd end,
                                  TimePoint now) {
  if (state() == State::open) {
    return {};  // counted in a window that nobody looks at again
  }
  const bool on_trial = state() == State::half_open;
  if (outcome == Outcome::ignored) {
    if (on_trial && permit.spell == spell()) {
      ++places_;
    }
    return {};
  }
  const auto counts = count_call(window_, now, one_call(outcome == Outcome::failure));
  const std::string_view noun = on_trial ? "half-open result" : "call";
  if (on_trial && recovers(counts)) {
    enter(State::closed, now, share_of(counts.successes(), counts.calls, noun, "succeeded"));
    window_ = window_of_closed(now);
  } else if (on_trial ? relapses(counts) : trips(counts)) {
    enter(State::open, now,
          share_of(counts.failures, counts.calls, noun, "failed") + seen_at(outcome, end));
    opened_at_ = now;
  } else if (on_trial) {
    ++places_;
  }
  return {};
}

Facts failsafe_facts(const FailsafeLibrary& failsafe_library, const FailsafeConfig& config) {
  TripRule rule{.kind = TripRule::Kind::count,
                .failures = config.failure_threshold,
                .minimum_calls = config.execution_threshold,
                .window_calls = config.period > Duration::zero() ? 0 : config.closed_capacity(),
                .window = config.period};
  Facts facts{.trips = {},
              .open_for = config.delay,
              .trials_admitted = config.half_open_capacity(),
              .trials_needed = 1};
  if (config.failure_rate != 0) {
    rule.kind = TripRule::Kind::share;
    rule.failures = 0;
    rule.share = config.failure_rate / failsafe_library.whole;
  } else if (config.failure_capacity == config.failure_threshold &&
             config.period == Duration::zero()) {
    rule.kind = TripRule::Kind::consecutive;
  }
  if (config.success_threshold != 0) {
    facts.trials_needed = config.success_threshold;
  } else if (config.failure_rate != 0) {
    facts.trials_needed = config.execution_threshold;
  } else if (config.failure_capacity > config.failure_threshold) {
    facts.trials_needed = config.failure_capacity - config.failure_threshold + 1;
  }
  facts.trips.push_back(rule);
  return facts;
}

std::vector<Warning> failsafe_warnings(const FailsafeConfig& config) {
  std::vector<Warning> found;
  if (config.success_threshold == 0 && config.failure_rate == 0 && config.failure_threshold > 1 &&
      config.failure_capacity == config.failure_threshold) {
    found.push_back(
        {"",
         fmt::format(
             "while half-open a single success closes the breaker, and {} are needed to reopen it",
             count_of(config.failure_threshold, "failure")),
         "set a success threshold"});
  }
  return found;
}

namespace {

constexpr FailsafeLibrary failsafe_library{
    .open_error = "CircuitBreakerOpenException",
    .whole = 100,
    .rounded = [](double part) { return std::round(part * 100.0); },
    .time_window = [](Duration period, TimePoint now) -> CallWindow {
      return StaleStartRing(period, now);
    }};

constexpr std::array failsafe_keys{
    Key{"withFailureThreshold", "", "",
        "opens at this many failures: in a row (5), among the last results (3/5), within a period "
        "(3/10s), or within a period that has at least that many results (3/20/10s); 1 if no "
        "threshold is set",
        list()},
    Key{"withFailureRateThreshold", "", "",
        "opens at this percentage of failures in a period with at least that many results: "
        "50/20/10s",
        list()},
    Key{"withSuccessThreshold", "", "",
        "closes the half-open breaker at this many successes: in a row (3), or among the last "
        "results (3/5)",
        list()},
    Key{"withDelay", "", "60s", "the breaker stays open this long", duration()},
};

constexpr Values failsafe_any_count = whole(1, most_in_window);

bool is_count(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The library takes at least a millisecond for each of its ten buckets, and drops what is left
// over.
Duration read_failsafe_period(SettingsReader& read, std::string_view key, std::string_view part) {
  const auto period = read.duration(key, part, duration(10));
  if (period % std::chrono::milliseconds(1) != Duration::zero()) {
    read.refuse(key, quoted(part) + " is not a whole number of milliseconds",
                "write the period in whole milliseconds");
  }
  return period;
}

void read_failsafe_failure_threshold(SettingsReader& read, FailsafeConfig& config) {
  constexpr std::string_view key = "withFailureThreshold";
  const auto parts = read.list(key);
  if (parts.size() > 3 || (parts.size() == 3 && is_count(parts[2]))) {
    return read.refuse(key, quoted(read.text(key)) + " is not a valid list of its arguments",
                       "write 5, 3/5, 3/10s or 3/20/10s");
  }
  if (parts.empty()) {
    return;
  }
  config.failure_threshold = read.whole(key, parts[0], failsafe_any_count);
  config.failure_capacity = config.failure_threshold;
  const auto no_fewer = whole(static_cast<double>(config.failure_threshold), most_in_window);
  if (parts.size() == 2 && is_count(parts[1])) {
    config.failure_capacity = read.whole(key, parts[1], no_fewer);
  } else if (parts.size() > 1) {
    config.execution_threshold =
        parts.size() == 3 ? read.whole(key, parts[1], no_fewer) : config.failure_threshold;
    config.period = read_failsafe_period(read, key, parts.back());
  }
}

// Read as if it was called after withFailureThreshold: what it sets, it replaces.
void read_failsafe_rate_threshold(SettingsReader& read, FailsafeConfig& config) {
  constexpr std::string_view key = "withFailureRateThreshold";
  const auto parts = read.list(key);
  if (parts.size() == 3) {
    config.failure_rate = static_cast<double>(read.whole(key, parts[0], whole(1, 100)));
    config.execution_threshold = read.whole(key, parts[1], failsafe_any_count);
    config.period = read_failsafe_period(read, key, parts[2]);
  } else if (!parts.empty()) {
    read.refuse(key, quoted(read.text(key)) + " is not a valid list of its three arguments",
                "write 50/20/10s");
  }
}

void read_failsafe_success_threshold(SettingsReader& read, FailsafeConfig& config) {
  constexpr std::string_view key = "withSuccessThreshold";
  const auto parts = read.list(key);
  if (parts.size() > 2) {
    return read.refuse(key, quoted(read.text(key)) + " is not a valid list of its arguments",
                       "write 3 or 3/5");
  }
  if (parts.empty()) {
    return;
  }
  config.success_threshold = read.whole(key, parts[0], failsafe_any_count);
  config.success_capacity = config.success_threshold;
  if (parts.size() == 2) {
    config.success_capacity = read.whole(
        key, parts[1], whole(static_cast<double>(config.success_threshold), most_in_window));
  }
}

Result<FailsafeConfig> read_failsafe(const Settings& settings) {
  SettingsReader read(failsafe_keys, settings);
  FailsafeConfig config;
  read_failsafe_failure_threshold(read, config);
  read_failsafe_rate_threshold(read, config);
  read_failsafe_success_threshold(read, config);
  config.delay = read.duration("withDelay");
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_failsafe(const Settings& settings, Random /*random*/) {
  const auto config = read_failsafe(settings);
  if (!config) {
    return config.error();
  }
  return std::unique_ptr<Breaker>(std::make_unique<Failsafe>(failsafe_library, *config));
}

Facts failsafe_facts(const Settings& settings) {
  return failsafe_facts(failsafe_library, *read_failsafe(settings));
}

std::vector<Warning> failsafe_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_failsafe(settings);
  const SettingsReader read(failsafe_keys, settings);
  auto found = failsafe_warnings(config);
  if (config.failure_rate != 0 && read.has("withFailureThreshold")) {
    found.push_back({"withFailureThreshold", "has no effect together with withFailureRateThreshold",
                     "keep one of them"});
  }
  constexpr auto ten_buckets = std::chrono::milliseconds(10);
  if (const auto rest = config.period % ten_buckets; rest != Duration::zero()) {
    found.push_back(
        {read.has("withFailureRateThreshold") ? "withFailureRateThreshold" : "withFailureThreshold",
         fmt::format("ten buckets of {} cover less than the period of {}",
                     format_duration((config.period - rest) / 10), format_duration(config.period)),
         "make the period a multiple of 10ms"});
  }
  return found;
}

constexpr std::array<std::string_view, 6> failsafe_surprises{
    "After an idle gap longer than the period, the window stops sliding: failures up to two "
    "periods apart still add up.",
    "With withFailureThreshold(n) and no success threshold, the first success while half-open "
    "closes the breaker, but n failures are needed to reopen it.",
    "Rates are rounded to whole percentages, half up: 49.5% reaches a threshold of 50. While "
    "half-open, the same results close the breaker, because the test for closing comes first.",
    "While half-open, concurrency is limited, and every late result raises the limit by one.",
    "While closed, a threshold of 3/5 opens the breaker on the third failure, even if it is the "
    "third call.",
    "A call that its caller cancels is a failure, unless handle leaves its exception out.",
};

constexpr Portrait failsafe_portrait{
    .library = "Failsafe 3.3.2 (Java)",
    .evidence = Evidence::executed,
    .answers = {">= : over at opened + delay, for the next call",
                ">=, whole numbers; rates rounded to whole percentages, half up",
                "on every result, successes included", "completed calls",
                "a limited number at once; every result gives back a place, whoever took it",
                "it counts in the state in which it arrives", "on half-open and on close"},
    .surprises = failsafe_surprises,
    .counting =
        "Your code decides: every exception is a failure unless handle and handleResult say "
        "otherwise (FailurePolicyBuilder.java, 3.3.2). OkHttp and java.net.http do not throw for "
        "any status, so without handleResultIf not even a 500 counts. tripcurve counts 5xx, as "
        "such code usually does.",
    .cancelling =
        "Cancelling a FailsafeCall cancels its OkHttp call, which ends in an IOException; a "
        "cancelled future of java.net.http ends in a CancellationException. The breaker counts "
        "both, as it does every exception that handle does not leave out (executed; "
        "FailsafeCall.java, Functions.java, PolicyExecutor.java, 3.3.2).",
};

}  // namespace

const Dialect& failsafe_dialect() {
  static constexpr Dialect dialect{
      .name = "failsafe",
      .summary =
          "counts or rounded rates; half-open limits concurrency, and closing is tested first",
      .keys = failsafe_keys,
      .portrait = &failsafe_portrait,
      .make = make_failsafe,
      .facts = failsafe_facts,
      .warnings = failsafe_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
