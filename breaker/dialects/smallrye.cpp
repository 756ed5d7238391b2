#include "breaker/dialects/smallrye.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {

std::uint64_t SmallRyeConfig::failure_threshold() const {
  return static_cast<std::uint64_t>(
      std::ceil(failure_ratio * static_cast<double>(request_volume_threshold)));
}

Admission SmallRye::try_acquire(TimePoint now) {
  half_open_when_due(now);
  if (state() == State::open) {
    return reject("CircuitBreakerOpenException");
  }
  if (state() == State::half_open) {
    if (attempts_ >= config_.success_threshold) {
      return reject("CircuitBreakerOpenException");
    }
    ++attempts_;
  }
  return admit(now);
}

std::string_view SmallRye::record(const Permit& permit, Outcome outcome, CallEnd end,
                                  TimePoint now) {
  if (permit.spell != spell()) {
    return {};
  }
  const bool failure = outcome == Outcome::failure;
  if (state() == State::closed) {
    window_.add(failure);
    const auto& [calls, failures, slow] = window_.totals();
    if (window_.full() && failures >= config_.failure_threshold()) {
      open(now, share_failed(failures, calls) + seen_at(outcome, end));
    }
  } else if (failure) {
    open(now, trial_failed(end));
  } else if (++successes_ >= config_.success_threshold) {
    enter(State::closed, now, trials_succeeded(successes_));
    window_.clear();
  }
  return {};
}

TimePoint SmallRye::next_tick() const { return state() == State::open ? half_open_at_ : never; }

void SmallRye::tick(TimePoint now) { half_open_when_due(now); }

void SmallRye::half_open_when_due(TimePoint now) {
  if (state() == State::open && now >= half_open_at_) {
    enter(State::half_open, now, passed_since(config_.delay, "it opened"));
    attempts_ = successes_ = 0;
  }
}

void SmallRye::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  half_open_at_ = now + config_.delay;
}

namespace {

constexpr std::array smallrye_keys{
    Key{"requestVolumeThreshold", "volume", "20",
        "the number of calls in the window, which must be full before the breaker can open",
        whole(1)},
    Key{"failureRatio", "ratio", "0.5", "opens at this share of failures in the window", ratio()},
    Key{"delay", "", "5s", "the breaker stays open this long", milliseconds()},
    Key{"successThreshold", "", "1",
        "half-open: this many calls go out, and this many successes close the breaker", whole(1)},
};

Result<SmallRyeConfig> read_smallrye(const Settings& settings) {
  SettingsReader read(smallrye_keys, settings);
  const SmallRyeConfig config{.request_volume_threshold = read.whole("requestVolumeThreshold"),
                              .failure_ratio = read.number("failureRatio"),
                              .delay = read.whole_milliseconds("delay"),
                              .success_threshold = read.whole("successThreshold")};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_smallrye(const Settings& settings, Random /*random*/) {
  return make_breaker<SmallRye>(read_smallrye(settings));
}

Facts smallrye_facts(const Settings& settings) {
  const auto config = *read_smallrye(settings);
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = config.failure_ratio,
                     .minimum_calls = config.request_volume_threshold,
                     .window_calls = config.request_volume_threshold}},
          .open_for = config.delay,
          .trials_admitted = config.success_threshold,
          .trials_needed = config.success_threshold,
          .minimum_calls_key = "requestVolumeThreshold"};
}

std::vector<Warning> smallrye_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_smallrye(settings);
  std::vector<Warning> found;
  if (config.failure_ratio == 0) {
    found.push_back(
        {"failureRatio",
         fmt::format(
             "is 0, so the first full window opens the breaker, {}, with or without failures",
             count_of(config.request_volume_threshold, "call")),
         "set it to the share of failures that means an outage, such as 0.5"});
  }
  if (config.delay == Duration::zero()) {
    found.push_back({"delay",
                     "is 0, so the breaker is half-open again at once and rejects next to nothing",
                     "set it to the time for which it should stay open, such as 5s"});
  }
  return found;
}

constexpr std::array<std::string_view, 5> smallrye_surprises{
    "The window must be full: the first requestVolumeThreshold - 1 calls after each close never "
    "open the breaker, even if all of them fail.",
    "A success can open the breaker: the window is tested on every result, and the success may be "
    "the one that fills it.",
    "While half-open, successThreshold calls go out and no others. If one of them never ends, the "
    "breaker stays half-open for ever.",
    "The window holds calls, not time: with little traffic, yesterday's failures still count.",
    "An exception that failOn does not include, or that skipOn includes, is a success, also while "
    "half-open.",
};

constexpr Portrait smallrye_portrait{
    .library = "SmallRye Fault Tolerance 6.11.2 (MicroProfile Fault Tolerance; Quarkus, WildFly)",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + delay, by a timer or by the next call",
                ">= , against ceil(failureRatio * requestVolumeThreshold), the product in double",
                "on every result while closed, once the window is full",
                "completed calls; expected exceptions are successes",
                "successThreshold calls, and no more until it closes or opens",
                "nothing: a result counts only while the state that admitted its call lasts",
                "on close"},
    .surprises = smallrye_surprises,
    .counting =
        "The exceptions of the method decide: all count, except those that failOn leaves out or "
        "skipOn names. MicroProfile's REST client throws for every status of 400 and above "
        "(DefaultResponseExceptionMapper), so 4xx counts, too. A @Timeout of the method is inside "
        "the breaker, so it counts. A method that returns a Response does not throw for any "
        "status.",
    .cancelling =
        "A guarded method that is interrupted throws an exception, which counts as any other does "
        "(executed; CircuitBreaker.java, 6.11.2). Cancelling the Uni or the CompletionStage that "
        "it returns does not reach it: it continues, and its own result counts (UniSupport.java, "
        "CompletionStageSupport.java).",
};

}  // namespace

const Dialect& smallrye_dialect() {
  static constexpr Dialect dialect{
      .name = "smallrye",
      .alias = "microprofile",
      .summary = "share of failures in a full window of calls; a timer half-opens it",
      .keys = smallrye_keys,
      .portrait = &smallrye_portrait,
      .make = make_smallrye,
      .facts = smallrye_facts,
      .warnings = smallrye_warnings,
      .heeds_while_closed = Heeds::ends,
      .counts = "4xx=failure",
      .on_cancel = OnCancel::failure,
      .ignored_fills_window = true,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
