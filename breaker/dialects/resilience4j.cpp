#include "breaker/dialects/resilience4j.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

// Java's cast: what does not fit becomes the largest.
std::int64_t java_long(double value) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  return value >= static_cast<double>(most) ? most : static_cast<std::int64_t>(value);
}

// In the library's float32 and its order of operations.
float percent_of(std::uint64_t part, const WindowCounts& counts) {
  return static_cast<float>(part) * 100.0F / static_cast<float>(counts.calls);
}

constexpr std::string_view not_permitted = "CallNotPermittedException";
constexpr std::string_view half_open_result = "half-open result";

}  // namespace

std::int64_t OpenInterval::next() {
  const auto interval = static_cast<double>(next_ms_);
  switch (config_.kind) {
    case Kind::constant:
      return next_ms_;
    case Kind::exponential:
      return std::min(std::exchange(next_ms_, java_long(interval * config_.multiplier)),
                      config_.most_ms);
    case Kind::randomized: {
      const auto delta = config_.randomization * interval;
      const auto least = interval - delta;
      const auto most = interval + delta;
      return java_long(std::max(1.0, least + random_.unit() * (most - least + 1)));
    }
  }
  return next_ms_;
}

std::uint64_t Resilience4jConfig::minimum_while_closed() const {
  return time_based ? minimum_calls : std::min(minimum_calls, window);
}

std::uint64_t Resilience4jConfig::minimum_half_open() const {
  return std::min(minimum_calls, permitted);
}

Resilience4j::Resilience4j(const Resilience4jConfig& config, Random random)
    : config_(config), interval_(config.interval, random), window_(window_of_closed(TimePoint{})) {
  using InitialState = Resilience4jConfig::InitialState;
  const TimePoint now{};
  switch (config_.initial_state) {
    case InitialState::closed:
      break;
    case InitialState::open:
      open(now, "initialState is OPEN");
      break;
    case InitialState::half_open:
      static_cast<void>(interval_.next());  // counts as opened once
      half_open(now, "initialState is HALF_OPEN");
      break;
    case InitialState::forced_open:
      enter(State::forced_open, now, "initialState is FORCED_OPEN");
      break;
    case InitialState::disabled:
      enter(State::disabled, now, "initialState is DISABLED");
      break;
    case InitialState::metrics_only:
      enter(State::disabled, now, "initialState is METRICS_ONLY: it measures and never opens");
      break;
  }
}

CallWindow Resilience4j::window_of_closed(TimePoint now) const {
  if (!config_.time_based) {
    return OutcomeRing(config_.window);
  }
  if (config_.lock_free) {
    return LockFreeSlices(config_.window, now);
  }
  return GridWindow(config_.window, std::chrono::seconds(1), TimePoint{});
}

void Resilience4j::close(TimePoint now, std::string cause) {
  enter(State::closed, now, std::move(cause));
  interval_.restart();
  window_ = window_of_closed(now);
  timer_ = never;
}

void Resilience4j::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  const auto interval_ms = interval_.next();
  const bool ends = interval_ms < (never - now) / std::chrono::milliseconds(1);
  open_for_ = ends ? Duration(std::chrono::milliseconds(interval_ms)) : never - now;
  open_until_ = now + open_for_;
  timer_ = config_.half_opens_by_timer ? open_until_ : never;
}

void Resilience4j::half_open(TimePoint now, std::string cause) {
  enter(State::half_open, now, std::move(cause));
  permits_ = config_.permitted;
  window_ = OutcomeRing(config_.permitted);
  timer_ = config_.half_open_limit > Duration::zero() ? now + config_.half_open_limit : never;
}

Admission Resilience4j::try_acquire(TimePoint now) {
  if (state() == State::open && now > open_until_) {
    half_open(now, passed_since(open_for_, "it opened"));
  }
  switch (state()) {
    case State::closed:
    case State::disabled:
      break;
    case State::open:
    case State::forced_open:
      return reject(not_permitted);
    case State::half_open:
      if (permits_ == 0) {
        return reject(not_permitted);
      }
      --permits_;
      break;
  }
  return admit(now);
}

bool Resilience4j::records() const {
  using InitialState = Resilience4jConfig::InitialState;
  return config_.initial_state != InitialState::forced_open &&
         config_.initial_state != InitialState::disabled;
}

// A lock-free ring of one result loses its head with the first and throws from the second on.
bool Resilience4j::window_is_broken() const {
  const auto* ring = std::get_if<OutcomeRing>(&window_);
  return config_.lock_free && ring != nullptr && ring->size() == 1 && ring->full();
}

std::string_view Resilience4j::record(const Permit& permit, Outcome outcome, CallEnd end,
                                      TimePoint now) {
  if (outcome == Outcome::ignored) {
    if (state() == State::half_open) {
      ++permits_;
    }
    return {};
  }
  if (!records()) {
    return {};
  }
  if (window_is_broken()) {
    return "NullPointerException";
  }
  const bool slow = now - permit.given_at > config_.slow_from;
  const auto counts = count_call(window_, now, one_call(outcome == Outcome::failure, slow));
  const bool on_trial = state() == State::half_open;
  if (!on_trial && state() != State::closed) {
    return {};
  }
  if (counts.calls < (on_trial ? config_.minimum_half_open() : config_.minimum_while_closed())) {
    return {};
  }
  const std::string_view noun = on_trial ? half_open_result : "call";
  if (percent_of(counts.failures, counts) >= config_.failure_rate) {
    open(now, share_of(counts.failures, counts.calls, noun, "failed") + seen_at(outcome, end));
  } else if (percent_of(counts.slow, counts) >= config_.slow_rate) {
    open(now, share_of(counts.slow, counts.calls, noun,
                       "took longer than " + format_duration(config_.slow_from)));
  } else if (on_trial) {
    close(now, fmt::format("{}, below {}%", share_of(counts.failures, counts.calls, noun, "failed"),
                           config_.failure_rate));
  }
  return {};
}

void Resilience4j::tick(TimePoint now) {
  while (timer_ <= now) {
    if (state() == State::open) {
      half_open(now, passed_since(open_for_, "it opened") + ", by timer");
    } else {
      auto cause = passed_since(config_.half_open_limit, "it half-opened") + " without a verdict";
      if (config_.limit_closes) {
        close(now, std::move(cause));
      } else {
        open(now, std::move(cause));
      }
    }
  }
}

namespace {

constexpr std::array<std::string_view, 2> window_types{"COUNT_BASED", "TIME_BASED"};
constexpr std::array<std::string_view, 2> resilience4j_strategies{"SYNCHRONIZED", "LOCK_FREE"};
constexpr std::array<std::string_view, 2> states_after_limit{"OPEN", "CLOSED"};
constexpr std::array<std::string_view, 6> initial_states{"CLOSED",      "OPEN",     "HALF_OPEN",
                                                         "FORCED_OPEN", "DISABLED", "METRICS_ONLY"};

constexpr auto keys_with(std::string_view strategy) {
  return std::array{
      Key{"slidingWindowType", "", "COUNT_BASED",
          "whether the window holds a number of calls or a number of seconds",
          one_of(window_types)},
      Key{"slidingWindowSize", "", "100", "the size of the window, in calls or in seconds",
          whole(1, most_in_window)},
      Key{"slidingWindowSynchronizationStrategy", "", strategy,
          "how the window is implemented; can be set only in Java code",
          one_of(resilience4j_strategies)},
      Key{"minimumNumberOfCalls", "", "100", "no rate is computed from fewer results than this",
          whole(1)},
      Key{"failureRateThreshold", "", "50", "opens at this percentage of failures",
          percent(1, 100)},
      Key{"slowCallRateThreshold", "", "100", "opens at this percentage of slow calls",
          percent(1, 100)},
      Key{"slowCallDurationThreshold", "", "60s", "calls that take longer are slow",
          above(milliseconds())},
      Key{"waitDurationInOpenState", "", "60s",
          "the breaker stays open this long, in whole milliseconds", milliseconds(1)},
      Key{"automaticTransitionFromOpenToHalfOpenEnabled", "", "false",
          "a timer makes the breaker half-open, instead of the next call", flag()},
      Key{"permittedNumberOfCallsInHalfOpenState", "", "10",
          "while half-open, this many calls are let through", whole(1, most_in_window)},
      Key{"maxWaitDurationInHalfOpenState", "", "0ms",
          "half-open ends after this time, in whole milliseconds; 0ms: it ends only by a verdict",
          milliseconds()},
      Key{"transitionToStateAfterWaitDuration", "", "OPEN",
          "the state that follows when maxWaitDurationInHalfOpenState has passed",
          one_of(states_after_limit)},
      Key{"enableExponentialBackoff", "", "false",
          "each opening in a row lasts longer; needs waitDurationInOpenState to be set", flag()},
      Key{"exponentialBackoffMultiplier", "", "1.5",
          "the factor by which each opening in a row is longer",
          above(number(0, std::numeric_limits<double>::max()))},
      Key{"exponentialMaxWaitDurationInOpenState", "", "",
          "the longest opening with backoff; needs exponentialBackoffMultiplier to be set",
          milliseconds(1)},
      Key{"enableRandomizedWait", "", "false",
          "the length of each opening varies randomly; needs waitDurationInOpenState to be set",
          flag()},
      Key{"randomizedWaitFactor", "", "0.5",
          "the share by which an opening may be longer or shorter at random; below 1", ratio(0, 1)},
      Key{"initialState", "", "CLOSED",
          "the state in which it starts; FORCED_OPEN, DISABLED and METRICS_ONLY never end",
          one_of(initial_states)},
  };
}

constexpr auto resilience4j_keys = keys_with("SYNCHRONIZED");
constexpr auto lock_free_keys = keys_with("LOCK_FREE");

// The library counts these in milliseconds and would drop the rest.
std::chrono::milliseconds whole_milliseconds(SettingsReader& read, std::string_view key) {
  const auto time = read.duration(key);
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
  if (whole != time) {
    read.refuse(key, quoted(read.text(key)) + " is not a whole number of milliseconds",
                fmt::format("write {} or {}", format_duration(whole),
                            format_duration(whole + std::chrono::milliseconds(1))));
  }
  return whole;
}

OpenInterval::Config read_interval(SettingsReader& read) {
  OpenInterval::Config config{.initial_ms =
                                  whole_milliseconds(read, "waitDurationInOpenState").count()};
  const bool exponential = read.flag("enableExponentialBackoff");
  const bool randomized = read.flag("enableRandomizedWait");
  const auto multiplier = read.number("exponentialBackoffMultiplier");
  const auto most_ms =
      read.has("exponentialMaxWaitDurationInOpenState")
          ? whole_milliseconds(read, "exponentialMaxWaitDurationInOpenState").count()
          : std::numeric_limits<std::int64_t>::max();
  config.randomization = read.number("randomizedWaitFactor");
  if (config.randomization >= 1) {
    read.refuse("randomizedWaitFactor", "1 is out of range",
                "it takes a value below 1, such as 0.5");
  }
  if (exponential && randomized) {
    read.refuse("enableRandomizedWait", "it cannot be true while enableExponentialBackoff is true",
                "keep one of them");
  }
  // Spring's loader looks at no other key of the wait when this one is not set.
  if (!read.is_given("waitDurationInOpenState")) {
    return config;
  }
  if (exponential) {
    config.kind = OpenInterval::Kind::exponential;
    config.multiplier = multiplier;
    config.most_ms = read.is_given("exponentialBackoffMultiplier")
                         ? most_ms
                         : std::numeric_limits<std::int64_t>::max();
  } else if (randomized) {
    config.kind = OpenInterval::Kind::randomized;
  }
  return config;
}

Result<Resilience4jConfig> read_resilience4j(const Settings& settings) {
  enum class WindowType : std::uint8_t { count_based, time_based };
  enum class Strategy : std::uint8_t { synchronized, lock_free };
  enum class AfterLimit : std::uint8_t { open, closed };
  SettingsReader read(resilience4j_keys, settings);
  const Resilience4jConfig config{
      .time_based = read.word<WindowType>("slidingWindowType") == WindowType::time_based,
      .lock_free =
          read.word<Strategy>("slidingWindowSynchronizationStrategy") == Strategy::lock_free,
      .window = read.whole("slidingWindowSize"),
      .minimum_calls = read.whole("minimumNumberOfCalls"),
      .failure_rate = read.single_precision("failureRateThreshold"),
      .slow_rate = read.single_precision("slowCallRateThreshold"),
      .slow_from = read.duration("slowCallDurationThreshold"),
      .interval = read_interval(read),
      .half_opens_by_timer = read.flag("automaticTransitionFromOpenToHalfOpenEnabled"),
      .permitted = read.whole("permittedNumberOfCallsInHalfOpenState"),
      .half_open_limit = whole_milliseconds(read, "maxWaitDurationInHalfOpenState"),
      .limit_closes =
          read.word<AfterLimit>("transitionToStateAfterWaitDuration") == AfterLimit::closed,
      .initial_state = read.word<Resilience4jConfig::InitialState>("initialState")};
  if (config.time_based && config.lock_free && config.window == 1) {
    read.refuse("slidingWindowSize", "'1' is too small for a TIME_BASED window that is LOCK_FREE",
                "it takes at least 2 there");
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_resilience4j(const Settings& settings, Random random) {
  return make_breaker<Resilience4j>(read_resilience4j(settings), random);
}

Facts resilience4j_facts(const Settings& settings) {
  const auto config = *read_resilience4j(settings);
  const TripRule failures{
      .kind = TripRule::Kind::share,
      .share = static_cast<double>(config.failure_rate) / 100,
      .minimum_calls = config.minimum_while_closed(),
      .window_calls = config.time_based ? 0 : config.window,
      .window = config.time_based ? std::chrono::seconds(config.window) : Duration::zero()};
  auto slow_calls = failures;
  slow_calls.share = static_cast<double>(config.slow_rate) / 100;
  slow_calls.of_slow_calls = true;
  slow_calls.slow_from = config.slow_from;
  slow_calls.by_default = !is_given(settings, "slowCallDurationThreshold") &&
                          !is_given(settings, "slowCallRateThreshold");
  Facts facts{.trips = {failures, slow_calls},
              .open_for = std::chrono::milliseconds(
                  config.interval.kind == OpenInterval::Kind::exponential
                      ? std::min(config.interval.initial_ms, config.interval.most_ms)
                      : config.interval.initial_ms),
              .trials_admitted = config.permitted,
              .trials_needed = config.minimum_half_open(),
              .minimum_calls_key = "minimumNumberOfCalls"};
  switch (config.initial_state) {
    case Resilience4jConfig::InitialState::closed:
    case Resilience4jConfig::InitialState::open:
    case Resilience4jConfig::InitialState::half_open:
      break;
    case Resilience4jConfig::InitialState::forced_open:
    case Resilience4jConfig::InitialState::disabled:
    case Resilience4jConfig::InitialState::metrics_only:
      facts.trips.clear();
  }
  return facts;
}

// Keys that have no effect for want of another one.
void warn_of_idle_keys(SettingsReader& read, std::vector<Warning>& found) {
  const bool has_wait = read.is_given("waitDurationInOpenState");
  const bool exponential = read.flag("enableExponentialBackoff");
  const bool randomized = read.flag("enableRandomizedWait");
  const bool has_limit = read.duration("maxWaitDurationInHalfOpenState") > Duration::zero();
  struct Idle {
    std::string_view key;
    bool is_idle;
    std::string_view without;
  };
  for (const auto& [key, is_idle, without] : {
           Idle{"enableExponentialBackoff", exponential && !has_wait, "waitDurationInOpenState"},
           Idle{"enableRandomizedWait", randomized && !has_wait, "waitDurationInOpenState"},
           Idle{"exponentialBackoffMultiplier", !exponential, "enableExponentialBackoff"},
           Idle{"exponentialMaxWaitDurationInOpenState", !exponential, "enableExponentialBackoff"},
           Idle{"exponentialMaxWaitDurationInOpenState",
                exponential && !read.is_given("exponentialBackoffMultiplier"),
                "exponentialBackoffMultiplier"},
           Idle{"randomizedWaitFactor", !randomized, "enableRandomizedWait"},
           Idle{"transitionToStateAfterWaitDuration", !has_limit, "maxWaitDurationInHalfOpenState"},
       }) {
    if (is_idle && read.is_given(key)) {
      found.push_back({std::string(key), fmt::format("has no effect without {}", without),
                       fmt::format("set {}, too", without)});
    }
  }
}

std::vector<Warning> resilience4j_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_resilience4j(settings);
  SettingsReader read(resilience4j_keys, settings);
  std::vector<Warning> found;
  if (config.minimum_calls > config.minimum_while_closed()) {
    found.push_back({"minimumNumberOfCalls",
                     fmt::format("{} do not fit into a window of {}: it counts as {} while closed, "
                                 "but not while half-open",
                                 config.minimum_calls, count_of(config.window, "call"),
                                 config.minimum_while_closed()),
                     fmt::format("set it to {} or less", config.window)});
  }
  if (config.minimum_calls < config.permitted) {
    found.push_back({"permittedNumberOfCallsInHalfOpenState",
                     fmt::format("the verdict comes after {}, not after {}",
                                 count_of(config.minimum_half_open(), "result"), config.permitted),
                     fmt::format("set minimumNumberOfCalls to at least {}", config.permitted)});
  }
  if (config.half_open_limit == Duration::zero() && traffic.timeout == Duration::zero()) {
    found.push_back(
        {"maxWaitDurationInHalfOpenState",
         "half-open never ends if its calls hang, because nothing gives back their permits",
         "set it, or give the calls a timeout"});
  }
  if (config.interval.kind == OpenInterval::Kind::exponential && config.interval.multiplier < 1) {
    found.push_back({"exponentialBackoffMultiplier",
                     "is below 1, so each opening is shorter than the last", "set it above 1"});
  }
  if (config.lock_free && !config.time_based && config.window == 1) {
    found.push_back({"slidingWindowSize",
                     "a LOCK_FREE window of 1 call throws NullPointerException from its second "
                     "result on, and never opens after a success",
                     "set it to at least 2, or use SYNCHRONIZED"});
  }
  if (config.lock_free && config.permitted == 1) {
    found.push_back({"permittedNumberOfCallsInHalfOpenState",
                     "after a failed trial, late results throw NullPointerException, because a "
                     "LOCK_FREE window of size 1 takes only 1 result",
                     "set it to at least 2, or use SYNCHRONIZED"});
  }
  warn_of_idle_keys(read, found);
  return found;
}

constexpr std::array<std::string_view, 6> resilience4j_surprises{
    "A success can open the breaker, because the thresholds are checked on every result.",
    "Results of calls from before the end of the outage decide the half-open verdict, and an "
    "ignored one lets out one more trial.",
    "Half-open ends after min(minimumNumberOfCalls, permitted) results. With a minimum of 1, a "
    "single lucky trial closes the breaker.",
    "A trial that never returns holds its permit. Without maxWaitDurationInHalfOpenState the "
    "breaker may stay half-open for ever.",
    "A time window of N seconds consists of the current epoch second and the N-1 seconds before "
    "it, so it can be as short as N-1 seconds.",
    "enableExponentialBackoff is ignored unless waitDurationInOpenState is set in the same block, "
    "and its maximum is ignored unless the multiplier is set.",
};

constexpr std::array<std::string_view, 4> lock_free_surprises{
    "The seconds of a time window start when the breaker closes, not with the clock's seconds, and "
    "they start anew after an idle gap longer than the window.",
    "A window of one call, or one permitted half-open call, throws NullPointerException from its "
    "second result on.",
    "A success can open the breaker, because the thresholds are checked on every result.",
    "Half-open ends after min(minimumNumberOfCalls, permitted) results, including late ones from "
    "other states.",
};

constexpr Portrait resilience4j_portrait{
    .library = "resilience4j 2.4.0 (Java), configured by Spring Boot",
    .evidence = Evidence::executed,
    .answers = {"> for the next call, = for the timer of the automatic transition",
                ">=, percentages in float32", "on every result, successes included",
                "completed calls that were not ignored",
                "a quota of permits; an ignored result gives one back, whoever took it",
                "it counts in the state in which it arrives", "on half-open and on close"},
    .surprises = resilience4j_surprises,
    .counting =
        "Every exception is a failure unless recordExceptions and ignoreExceptions say otherwise "
        "(CircuitBreakerConfig.java, 2.4.0). Spring's RestClient, RestTemplate, OpenFeign and "
        "WebClient.retrieve() throw one for 4xx and 5xx (DefaultResponseErrorHandler.java, "
        "StatusHandler.java), so a 404 counts as much as a 500. WebClient.exchangeToMono() does "
        "not throw for any status.",
    .cancelling =
        "In a reactive chain, a cancelled subscription gives its permit back and is not counted, "
        "unless a Flux has already emitted: then it is a success (executed; "
        "CircuitBreakerSubscriber.java, 2.4.0). Kotlin's executeSuspendFunction gives the permit "
        "of a cancelled coroutine back, too. A blocking call that is interrupted throws an "
        "exception and is a failure; in that case use on_cancel=failure. Cancelling the "
        "CompletionStage that the breaker returns stops nothing: the call counts when it ends "
        "(executed; CircuitBreaker.java).",
};

constexpr Portrait lock_free_portrait{
    .library = "resilience4j 2.4.0 (Java), with LOCK_FREE windows",
    .evidence = resilience4j_portrait.evidence,
    .answers = resilience4j_portrait.answers,
    .surprises = lock_free_surprises,
    .counting = resilience4j_portrait.counting,
    .cancelling = resilience4j_portrait.cancelling,
};

}  // namespace

const Dialect& resilience4j_dialect() {
  static constexpr Dialect dialect{
      .name = "resilience4j",
      .summary =
          "rates of failures and slow calls; a result counts in the state in which it arrives",
      .keys = resilience4j_keys,
      .portrait = &resilience4j_portrait,
      .make = make_resilience4j,
      .facts = resilience4j_facts,
      .warnings = resilience4j_warnings,
      .heeds_while_closed = Heeds::ends,
      .counts = "4xx=failure"};
  return dialect;
}

const Dialect& resilience4j_lockfree_dialect() {
  static constexpr Dialect dialect{
      .name = "resilience4j-lockfree",
      .summary = "the same with LOCK_FREE windows, whose seconds start when it closes",
      .keys = lock_free_keys,
      .portrait = &lock_free_portrait,
      .make = make_resilience4j,
      .facts = resilience4j_facts,
      .warnings = resilience4j_warnings,
      .heeds_while_closed = Heeds::ends,
      .counts = "4xx=failure"};
  return dialect;
}

}  // namespace tripcurve::breaker
