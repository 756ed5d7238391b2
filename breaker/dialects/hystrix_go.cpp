#include "breaker/dialects/hystrix_go.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "breaker/parts/advice.hpp"
#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

std::int64_t unix_seconds(TimePoint now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

// Rounded to whole, halves up.
std::uint64_t error_percent(std::uint64_t errors, std::uint64_t requests) {
  const double percent =
      requests > 0 ? static_cast<double>(errors) / static_cast<double>(requests) * 100 : 0;
  return static_cast<std::uint64_t>(percent + 0.5);
}

}  // namespace

void HystrixGo::RollingNumber::increment(TimePoint now) {
  const auto time = unix_seconds(now);
  auto& second = seconds_[static_cast<std::size_t>(time) % seconds_.size()];
  if (second.time != time) {
    second = {.time = time, .value = 0};
  }
  ++second.value;
}

std::uint64_t HystrixGo::RollingNumber::sum(TimePoint now) const {
  const auto oldest = unix_seconds(now) - 10;
  std::uint64_t sum = 0;
  for (const auto& second : seconds_) {
    sum += second.time >= oldest ? second.value : 0;
  }
  return sum;
}

void HystrixGo::count(bool error, TimePoint now) {
  requests_.increment(now);
  if (error) {
    errors_.increment(now);
  }
}

void HystrixGo::trip_if_unhealthy(TimePoint now) {
  if (state() == State::open) {
    return;
  }
  const auto requests = requests_.sum(now);
  const auto errors = errors_.sum(now);
  if (requests >= config_.request_volume_threshold &&
      error_percent(errors, requests) >= config_.error_percent_threshold) {
    opened_or_last_tested_ = now;
    enter(State::open, now, share_failed(errors, requests));
  }
}

State HystrixGo::observe(TimePoint now) {
  trip_if_unhealthy(now);
  return state();
}

Admission HystrixGo::try_acquire(TimePoint now) {
  trip_if_unhealthy(now);
  if (state() == State::open) {
    if (now <= opened_or_last_tested_ + config_.sleep_window) {
      count(true, now);
      return reject("ErrCircuitOpen");
    }
    opened_or_last_tested_ = now;
  }
  if (pool_.enter() == ExecutionPool::Answer::refused) {
    count(true, now);
    return reject("ErrMaxConcurrency");
  }
  return admit(now);
}

std::string_view HystrixGo::record(const Permit& permit, Outcome outcome, CallEnd /*end*/,
                                   TimePoint now) {
  pool_.leave();
  if (outcome == Outcome::success && state() == State::open) {
    enter(State::closed, now,
          permit.spell == spell() ? trials_succeeded(1) : std::string(earlier_call_succeeded));
    requests_ = {};
    errors_ = {};
  }
  count(outcome == Outcome::failure, now);
  return {};
}

namespace {

constexpr std::array hystrix_go_keys{
    Key{"request_volume_threshold", "", "20",
        "the window must have this many requests before the breaker can open", whole(0, max_int32)},
    Key{"error_percent_threshold", "", "50",
        "this percentage of errors, rounded to a whole number, opens the breaker",
        whole(0, max_int32)},
    Key{"sleep_window", "", "5000",
        "while the breaker is open, one trial goes out after each such period",
        milliseconds(0, max_int32)},
    Key{"max_concurrent_requests", "", "10",
        "the number of concurrent calls; further ones are rejected and count as errors",
        whole(0, max_int32)},
    Key{"timeout", "", "1000",
        "the timeout of a call; in tripcurve the load's own timeout ends calls instead",
        milliseconds(0, max_int32)},
};

HystrixGoConfig with_defaults(HystrixGoConfig config) {
  const auto fill = [](auto& value, auto fallback) {
    if (value == decltype(fallback){}) {
      value = fallback;
    }
  };
  fill(config.request_volume_threshold, std::uint64_t{20});
  fill(config.error_percent_threshold, std::uint64_t{50});
  fill(config.sleep_window, Duration(std::chrono::milliseconds(5000)));
  fill(config.max_concurrent_requests, std::uint64_t{10});
  fill(config.timeout, Duration(std::chrono::milliseconds(1000)));
  return config;
}

Result<HystrixGoConfig> read_hystrix_go(const Settings& settings) {
  SettingsReader read(hystrix_go_keys, settings);
  const HystrixGoConfig config{.request_volume_threshold = read.whole("request_volume_threshold"),
                               .error_percent_threshold = read.whole("error_percent_threshold"),
                               .sleep_window = read.whole_milliseconds("sleep_window"),
                               .max_concurrent_requests = read.whole("max_concurrent_requests"),
                               .timeout = read.whole_milliseconds("timeout")};
  if (read.error()) {
    return *read.error();
  }
  return with_defaults(config);
}

Result<std::unique_ptr<Breaker>> make_hystrix_go(const Settings& settings, Random /*random*/) {
  return make_breaker<HystrixGo>(read_hystrix_go(settings));
}

Facts hystrix_go_facts(const Settings& settings) {
  const auto config = *read_hystrix_go(settings);
  const double rounded_up_from = static_cast<double>(config.error_percent_threshold) - 0.5;
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = rounded_up_from / 100,
                     .minimum_calls = config.request_volume_threshold,
                     .window = std::chrono::seconds(10)}},
          .open_for = config.sleep_window,
          .trials_admitted = 1,
          .minimum_calls_key = "request_volume_threshold"};
}

std::vector<Warning> hystrix_go_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_hystrix_go(settings);
  std::vector<Warning> found;
  const SettingsReader read(hystrix_go_keys, settings);
  for (const auto& key : hystrix_go_keys) {
    if (const auto& setting = *std::ranges::find(settings, key.name, &Setting::key);
        setting.given && setting.value == "0") {
      found.push_back({setting.key, fmt::format("0 means the default, {}", key.fallback),
                       "leave it out, or write 1"});
    }
  }
  warn_of_own_timeout(found, "timeout", config.timeout, read.is_given("timeout"), traffic);
  warn_of_full_pool(found, "max_concurrent_requests", config.max_concurrent_requests, traffic);
  return found;
}

constexpr std::array<std::string_view, 5> hystrix_go_surprises{
    "Calls that are rejected because of max_concurrent_requests count as errors, so a burst above "
    "it opens the breaker even if no call failed.",
    "Nothing happens at the moment the threshold is crossed: the next caller, or whoever reads the "
    "state, opens the breaker.",
    "Errors outlive their requests by a second: within it, two old errors and three successes are "
    "67% errors.",
    "A trial that hangs does not prevent the next one, which starts a sleep_window after the first "
    "one started.",
    "The late success of a call from before the outage closes the breaker and clears the "
    "statistics.",
};

constexpr Portrait hystrix_go_portrait{
    .library = "afex/hystrix-go at fa1af6a (Go)",
    .evidence = Evidence::executed,
    .answers = {"> : still open at opened + sleep_window, and so after each trial's start",
                ">=, the percentage rounded to a whole number, halves up",
                "at admission, and at each read of the state",
                "completed calls, and rejected ones as errors",
                "there is no half-open state: one trial in each sleep_window",
                "a success closes; a failure changes nothing", "on close"},
    .surprises = hystrix_go_surprises,
    .counting =
        "Your code decides: an error that the function given to Do or Go returns is a failure "
        "(hystrix/hystrix.go, fa1af6a). Go's net/http returns no error for any status, so unless "
        "your own code makes it an error, not even a 500 counts. tripcurve counts 5xx, as such "
        "code usually does.",
    .cancelling =
        "With DoC and GoC, a cancelled context makes the call a request without an error: it "
        "lowers the percentage of errors, and it does not close the breaker (executed; "
        "hystrix/hystrix.go, hystrix/metrics.go, fa1af6a). If the function is faster than that "
        "and returns the error of Go's net/http, which wraps context.Canceled, the call is a "
        "failure. Do and Go know no context, so with them it always is.",
};

}  // namespace

const Dialect& hystrix_go_dialect() {
  static constexpr Dialect dialect{
      .name = "hystrix-go",
      .summary = "share of errors in ten seconds, tested at admission; rejected calls are errors",
      .keys = hystrix_go_keys,
      .portrait = &hystrix_go_portrait,
      .make = make_hystrix_go,
      .facts = hystrix_go_facts,
      .warnings = hystrix_go_warnings,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
