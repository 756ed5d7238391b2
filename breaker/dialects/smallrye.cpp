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
    Key{"requestVolumeThreshold", "volume", "20", "calls of the window, which must be full",
        whole(1)},
    Key{"failureRatio", "ratio", "0.5", "opens at this share of failures in the window", ratio()},
    Key{"delay", "", "5s", "stays open this long", milliseconds()},
    Key{"successThreshold", "", "1",
        "half-open: so many calls go out, and as many successes close it", whole(1)},
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
    found.push_back({"failureRatio",
                     fmt::format("is 0: the first full window opens it, {}, failures or none",
                                 count_of(config.request_volume_threshold, "call")),
                     "set the share of failures that means an outage, such as 0.5"});
  }
  if (config.delay == Duration::zero()) {
    found.push_back({"delay", "is 0: it half-opens at once and rejects next to nothing",
                     "set how long it is to stay open, such as 5s"});
  }
  return found;
}

constexpr std::array<std::string_view, 5> smallrye_surprises{
    "The window must be full: the first requestVolumeThreshold - 1 calls after each close never "
    "open it, though all of them fail.",
    "A success can open it: the window is asked on every result, and the success may be the one "
    "that fills it.",
    "Half-open, successThreshold calls go out and no others: one of them that never ends leaves it "
    "half-open for ever.",
    "The window knows calls and no time: with little traffic, failures of yesterday count.",
    "An exception that failOn does not have, or skipOn has, is a success, half-open too.",
};

constexpr Portrait smallrye_portrait{
    .library = "SmallRye Fault Tolerance 6.11.2 (MicroProfile Fault Tolerance; Quarkus, WildFly)",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + delay, by a timer or by the next call",
                ">= , against ceil(failureRatio * requestVolumeThreshold), the product in double",
                "on every result while closed, once the window is full",
                "completed calls; expected exceptions are successes",
                "successThreshold calls, and no more until it closes or opens",
                "nothing: a result counts for the stay that admitted its call", "on close"},
    .surprises = smallrye_surprises,
    .counting =
        "The exceptions of the method decide: all count, but for those that failOn leaves out and "
        "skipOn names. MicroProfile's REST client throws for every status of 400 and above "
        "(DefaultResponseExceptionMapper), so that 4xx count, too; a @Timeout of the method is "
        "inside of the breaker, and counts. A method that returns a Response throws for no status.",
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
      .ignored_fills_window = true,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
