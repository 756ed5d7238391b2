#include "breaker/dialects/go_resiliency.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {

void GoResiliency::change(State to, TimePoint now, std::string cause) {
  errors_ = 0;
  successes_ = 0;
  enter(to, now, std::move(cause));
}

void GoResiliency::open(TimePoint now, std::string cause) {
  change(State::open, now, std::move(cause));
  half_open_at_ = now + config_.timeout;
}

void GoResiliency::tick(TimePoint now) {
  half_open_at_ = never;
  change(State::half_open, now, passed_since(config_.timeout, "it opened"));
}

Admission GoResiliency::try_acquire(TimePoint now) {
  return state() == State::open ? reject("ErrBreakerOpen") : admit(now);
}

void GoResiliency::note_error(CallEnd end, TimePoint now) {
  switch (state()) {
    case State::closed:
      if (errors_ > 0 && now > last_error_ + config_.timeout) {
        errors_ = 0;
      }
      ++errors_;
      last_error_ = now;
      if (errors_ == config_.error_threshold) {
        open(now, fmt::format("{} without a pause of more than {}, the last {}",
                              count_of(errors_, "failure"), format_duration(config_.timeout),
                              words(end)));
      }
      return;
    case State::half_open:
      open(now, trial_failed(end));
      return;
    case State::open:
    case State::forced_open:
    case State::disabled:
      return;
  }
}

std::string_view GoResiliency::record(const Permit& permit, Outcome outcome, CallEnd end,
                                      TimePoint now) {
  switch (outcome) {
    case Outcome::ignored:
      break;  // the library knows no third outcome, so nothing is recorded
    case Outcome::failure:
      note_error(end, now);
      break;
    case Outcome::success:
      if (state() == State::half_open && permit.state != State::closed &&
          ++successes_ == config_.success_threshold) {
        change(State::closed, now, trials_succeeded(successes_));
      }
      break;
  }
  return {};
}

namespace {

constexpr std::array go_resiliency_keys{
    Key{"errorThreshold", "", "3",
        "this many errors open the breaker, if no pause between two of them exceeds timeout",
        whole(0, max_int32)},
    Key{"successThreshold", "", "1", "this many successes close the half-open breaker",
        whole(0, max_int32)},
    Key{"timeout", "", "5s",
        "the breaker stays open this long; a longer pause without errors clears the count of "
        "errors",
        duration()},
};

Result<GoResiliencyConfig> read_go_resiliency(const Settings& settings) {
  SettingsReader read(go_resiliency_keys, settings);
  const GoResiliencyConfig config{.error_threshold = read.whole("errorThreshold"),
                                  .success_threshold = read.whole("successThreshold"),
                                  .timeout = read.duration("timeout")};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_go_resiliency(const Settings& settings, Random /*random*/) {
  return make_breaker<GoResiliency>(read_go_resiliency(settings));
}

Facts go_resiliency_facts(const Settings& settings) {
  const auto config = *read_go_resiliency(settings);
  Facts facts{.open_for = config.timeout, .trials_needed = config.success_threshold};
  if (config.error_threshold > 0) {
    facts.trips.push_back({.kind = TripRule::Kind::count, .failures = config.error_threshold});
  }
  return facts;
}

std::vector<Warning> go_resiliency_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_go_resiliency(settings);
  std::vector<Warning> found;
  for (const auto& [key, value, what] :
       {std::tuple{"errorThreshold", config.error_threshold, "never opens"},
        std::tuple{"successThreshold", config.success_threshold, "never closes again"}}) {
    if (value == 0) {
      found.push_back({key, fmt::format("the count is never equal to 0, so the breaker {}", what),
                       fmt::format("write {}=1", key)});
    }
  }
  const double errors_per_second = traffic.calls_per_second * traffic.normal_errors;
  const double errors_in_timeout = errors_per_second * to_seconds(config.timeout);
  if (config.error_threshold > 0 && errors_in_timeout > 1) {
    found.push_back(
        {"timeout",
         fmt::format("on a good day {:.3g} errors come in {}, so they are hardly ever forgotten "
                     "and add up to {} in the end",
                     errors_in_timeout, format_duration(config.timeout), config.error_threshold),
         fmt::format(
             "make timeout shorter than {}",
             show_duration(Duration(static_cast<Duration::rep>(1e9 / errors_per_second))))});
  }
  return found;
}

constexpr std::array<std::string_view, 4> go_resiliency_surprises{
    "Successes do not reset the count of errors: three errors among a million calls open the "
    "breaker, if no pause between them is longer than the timeout.",
    "While half-open, the breaker lets every request through, so the full load hits an upstream "
    "that has only just come back.",
    "The success of a call that was sent while the breaker was closed never counts towards closing "
    "it.",
    "With an errorThreshold of 0 the breaker never opens, because the count has to be equal to the "
    "threshold.",
};

constexpr Portrait go_resiliency_portrait{
    .library = "eapache/go-resiliency breaker at 39c0aa4 (Go)",
    .evidence = Evidence::executed,
    .answers =
        {"at its very end: a timer makes it half-open at opened + timeout", "== , whole numbers",
         "on failures", "errors only", "everybody",
         "an error counts in the state in which it arrives, but not while open; a success counts "
         "only while half-open, and only if its call was not sent while closed",
         "on every change of state, and after a pause without errors that is longer than timeout"},
    .surprises = go_resiliency_surprises,
    .counting =
        "Your code decides: any error that the function given to Run returns is a failure "
        "(breaker/breaker.go, 39c0aa4). Go's net/http returns no error for any status, so unless "
        "your own code makes it an error, not even a 500 counts. tripcurve counts 5xx, as such "
        "code usually does.",
    .cancelling =
        "A function whose context is cancelled returns an error, and Run counts every error "
        "(executed; breaker/breaker.go, 39c0aa4). If the function returns nil instead, the call "
        "is a success.",
};

}  // namespace

const Dialect& go_resiliency_dialect() {
  static constexpr Dialect dialect{
      .name = "go-resiliency",
      .summary = "errors that no long pause separates; a timer half-opens it, for every call",
      .keys = go_resiliency_keys,
      .portrait = &go_resiliency_portrait,
      .make = make_go_resiliency,
      .facts = go_resiliency_facts,
      .warnings = go_resiliency_warnings,
      .heeds_while_closed = Heeds::failures,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
