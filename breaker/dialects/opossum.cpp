#include "breaker/dialects/opossum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"

namespace tripcurve::breaker {
namespace {

// A delay as Node's setTimeout() and setInterval() take it.
Duration timer_delay(Duration delay) {
  return std::max<Duration>(std::chrono::floor<std::chrono::milliseconds>(delay),
                            std::chrono::milliseconds(1));
}

}  // namespace

Opossum::Opossum(const OpossumConfig& config)
    : config_(config), window_(config.buckets, config.bucket, TimePoint{}) {}

Opossum::Timer Opossum::set_timer(TimePoint now, Duration delay, std::uint32_t call) {
  const Timer timer{millisecond_clock(now) + timer_delay(delay), timers_set_++, call};
  timers_.insert(timer);
  return timer;
}

Admission Opossum::try_acquire(TimePoint now) {
  window_.add(now, {.calls = 1});
  if (!config_.enabled) {
    return admit(now, no_call);
  }
  if (state() != State::closed && !probe_is_free_) {
    return reject("EOPENBREAKER");
  }
  probe_is_free_ = false;
  if (running_ >= config_.capacity) {
    fail(now, "a call without capacity");
    return reject("ESEMLOCKED");
  }
  ++running_;
  if (config_.timeout == Duration::zero()) {
    return admit(now, no_call);
  }
  const auto call = calls_.add({});
  calls_[call] = set_timer(now, config_.timeout, call);
  return admit(now, call);
}

std::string_view Opossum::record(const Permit& permit, Outcome outcome, CallEnd end,
                                 TimePoint now) {
  if (!config_.enabled) {
    return {};
  }
  if (permit.note != no_call) {
    const auto timer = std::exchange(calls_[permit.note], std::nullopt);
    calls_.remove(permit.note);
    if (!timer) {
      return {};  // it has timed out
    }
    timers_.erase(*timer);
  }
  --running_;
  switch (outcome) {
    case Outcome::failure:
      fail(now, words(end));
      break;
    case Outcome::success:
    case Outcome::ignored:  // errorFilter makes it a success
      if (state() == State::half_open) {
        enter(State::closed, now,
              permit.spell == spell() ? trials_succeeded(1) : late_success_closes());
      }
      break;
  }
  return {};
}

TimePoint Opossum::next_tick() const { return timers_.empty() ? never : timers_.begin()->due; }

void Opossum::tick(TimePoint now) {
  while (next_tick() <= now) {
    const auto timer = timers_.extract(timers_.begin()).value();
    if (timer.call == no_call) {
      probe_is_free_ = true;
      enter(State::half_open, now, passed_since(timer_delay(config_.reset_timeout), "it opened"));
    } else {
      calls_[timer.call].reset();
      --running_;
      fail(now, "a timeout of its own");
    }
  }
}

void Opossum::fail(TimePoint now, std::string_view how) {
  window_.add(now, {.failures = 1});
  if (state() == State::open || now - TimePoint{} < config_.warm_up) {
    return;
  }
  if (state() == State::half_open) {
    open(now, first_result_fails(how));
    return;
  }
  const auto& [fires, failures, slow] = window_.totals();
  const double rate = static_cast<double>(failures) / static_cast<double>(fires) * 100;
  if (fires >= config_.volume_threshold && rate > config_.error_threshold_percentage) {
    open(now, fmt::format("{} to {} started in the window ({:.3g}%), the last {}",
                          count_of(failures, "failure"), count_of(fires, "call"), rate, how));
  }
}

void Opossum::open(TimePoint now, std::string cause) {
  probe_is_free_ = false;
  enter(State::open, now, std::move(cause));
  set_timer(now, config_.reset_timeout, no_call);
}

namespace {

constexpr double longest_timer = max_int32;  // Node takes a longer one for 1 ms
constexpr double most_buckets = 1'000'000;
constexpr std::array<std::string_view, 1> no_timeout{"false"};
constexpr std::array<std::string_view, 1> opossum_mark{"ignored"};

constexpr std::array opossum_keys{
    Key{"timeout", "", "10s", "a call that takes longer is a failure; false or 0 means no timeout",
        or_word(milliseconds(0, longest_timer), no_timeout)},
    Key{"errorThresholdPercentage", "", "50",
        "opens above this percentage of failures among the calls started", number()},
    Key{"resetTimeout", "", "30s", "the breaker stays open this long",
        milliseconds(0, longest_timer)},
    Key{"rollingCountTimeout", "", "10s", "length of the window; 0 means 10s",
        milliseconds(0, longest_timer)},
    Key{"rollingCountBuckets", "", "10", "number of buckets in the window; 0 means 10",
        whole(0, most_buckets)},
    Key{"volumeThreshold", "", "0",
        "the breaker opens only if this many calls were started in the window", whole(0)},
    Key{"allowWarmUp", "", "false", "the breaker cannot open before rollingCountTimeout has passed",
        flag()},
    Key{"capacity", "", "9007199254740991",
        "the number of concurrent calls; further ones are failures", whole(0, 9007199254740991)},
    Key{"enabled", "", "true", "false: calls go out unprotected", flag()},
    Key{"errorFilter", "", "", "says which calls are errors to the caller but successes here",
        one_of(opossum_mark)},
};

Result<OpossumConfig> read_opossum(const Settings& settings) {
  SettingsReader read(opossum_keys, settings);
  const auto window = read.duration("rollingCountTimeout");
  const auto buckets = read.whole("rollingCountBuckets");
  OpossumConfig config{
      .timeout = read.is_word("timeout") ? Duration::zero() : read.duration("timeout"),
      .error_threshold_percentage = read.number("errorThresholdPercentage"),
      .reset_timeout = read.duration("resetTimeout"),
      .bucket = {},
      .buckets = buckets == 0 ? 10 : buckets,
      .volume_threshold = read.whole("volumeThreshold"),
      .warm_up = read.flag("allowWarmUp") ? timer_delay(window) : Duration::zero(),
      .capacity = read.whole("capacity"),
      .enabled = read.flag("enabled")};
  config.bucket = timer_delay((window == Duration::zero() ? std::chrono::seconds(10) : window) /
                              static_cast<Duration::rep>(config.buckets));
  if (read.has("errorFilter")) {
    static_cast<void>(read.word<std::size_t>("errorFilter"));
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_opossum(const Settings& settings, Random /*random*/) {
  return make_breaker<Opossum>(read_opossum(settings));
}

Duration window_of(const OpossumConfig& config) {
  return config.bucket * static_cast<Duration::rep>(config.buckets);
}

Facts opossum_facts(const Settings& settings) {
  const auto config = *read_opossum(settings);
  Facts facts{.trips = {},
              .open_for = config.reset_timeout,
              .trials_admitted = 1,
              .minimum_calls_key = "volumeThreshold"};
  if (config.enabled) {
    facts.trips.push_back({.kind = TripRule::Kind::share,
                           .share = config.error_threshold_percentage / 100,
                           .only_above = true,
                           .minimum_calls = config.volume_threshold,
                           .window = window_of(config)});
  }
  return facts;
}

std::vector<Warning> opossum_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_opossum(settings);
  std::vector<Warning> found;
  if (!config.enabled) {
    return {{"enabled", "is false, so the breaker never opens", "leave it out"}};
  }
  if (config.volume_threshold <= 1 && config.error_threshold_percentage < 100) {
    found.push_back({"volumeThreshold",
                     "a single failed call is a failure rate of 100%, so the first failure after a "
                     "quiet time opens the breaker",
                     "set it to the number of calls that the window must hold before the breaker "
                     "may judge, such as 10"});
  }
  if (config.capacity == 0) {
    found.push_back({"capacity", "is 0, so every call fails with ESEMLOCKED", "leave it out"});
  }
  if (config.timeout > Duration::zero() && config.timeout < traffic.normal_latency) {
    found.push_back(
        {"timeout",
         fmt::format("calls take {} on a good day, but each is ended as a failure after {}",
                     format_duration(traffic.normal_latency), format_duration(config.timeout)),
         fmt::format("make it longer than {}", format_duration(traffic.normal_latency))});
  }
  const auto slowest = config.timeout > Duration::zero() ? config.timeout : traffic.timeout;
  if (slowest > window_of(config)) {
    found.push_back(
        {"rollingCountTimeout",
         fmt::format("a call may take {}, so its start leaves the window of {} before its failure "
                     "enters it, and the failure rate can have any value above 100%",
                     format_duration(slowest), format_duration(window_of(config))),
         fmt::format("make it longer than {}", format_duration(slowest))});
  }
  return found;
}

constexpr std::array<std::string_view, 7> opossum_surprises{
    "With volumeThreshold 0, the default, one failed call opens a fresh breaker.",
    "Nothing is cleared when the breaker closes: old failures stay in the window and can open it "
    "again at once.",
    "Calls that are rejected while the breaker is open count as started and dilute the failure "
    "rate.",
    "11 failures out of 20 are above errorThresholdPercentage=55, because 11/20*100 is "
    "55.00000000000001 in a double.",
    "A call that finds no capacity is a failure. Calls that hang can therefore open the breaker "
    "and make every probe fail, even though no call goes out.",
    "The late result of any call decides the half-open state.",
    "A request that your code aborts because nobody waits for it any more is a failure, unless "
    "errorFilter names its error.",
};

constexpr Portrait opossum_portrait{
    .library = "opossum 10.0.0 (Node)",
    .evidence = Evidence::executed,
    .answers = {"a timer: half-open at opened + resetTimeout, whether or not a call arrives",
                "> , in double: failures / starts * 100", "on failures",
                "started calls, including those in flight and rejected ones",
                "one probe; all others are rejected, without a deadline",
                "open: counted, but decides nothing; half-open: it decides as the probe's own "
                "result would",
                "never"},
    .surprises = opossum_surprises,
    .counting =
        "Your code decides: a rejected promise is a failure, unless errorFilter makes it a success "
        "(lib/circuit.js, 10.0.0). fetch does not reject for any status, so without code for it "
        "not even a 500 counts. axios rejects for everything except 2xx, so with it even a 404 "
        "counts. tripcurve counts 5xx.",
    .cancelling =
        "opossum cannot give a call up for its caller. If your code aborts the request, fetch and "
        "axios reject, and that is a failure unless errorFilter makes it a success (executed; "
        "lib/circuit.js, 10.0.0); in that case use on_cancel=ignored.",
};

}  // namespace

const Dialect& opossum_dialect() {
  static constexpr Dialect dialect{
      .name = "opossum",
      .summary = "failures per call started, in a window that is never cleared; one probe",
      .keys = opossum_keys,
      .portrait = &opossum_portrait,
      .make = make_opossum,
      .facts = opossum_facts,
      .warnings = opossum_warnings,
      .on_cancel = OnCancel::failure,
      .ignored_fills_window = true,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
