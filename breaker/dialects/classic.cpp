#include "breaker/dialects/classic.hpp"

#include <fmt/format.h>

#include <array>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {

Admission Classic::try_acquire(TimePoint now) {
  if (state() == State::open) {
    if (now - last_failure_ <= config_.timeout) {
      return reject("ErrCircuitOpen");
    }
    enter(State::half_open, now,
          fmt::format("{} passed since the last failure", format_duration(config_.timeout)));
  }
  return admit(now);
}

std::string_view Classic::record(const Permit& /*permit*/, Outcome outcome, CallEnd end,
                                 TimePoint now) {
  switch (outcome) {
    case Outcome::ignored:
      break;  // the listing knows no third outcome, so nothing is recorded
    case Outcome::failure:
      ++failures_;
      successes_ = 0;
      last_failure_ = now;
      if (state() == State::closed && failures_ >= config_.failure_threshold) {
        enter(State::open, now, failures_in_a_row(failures_, end));
      } else if (state() == State::half_open) {
        enter(State::open, now, trial_failed(end));
      }
      break;
    case Outcome::success:
      ++successes_;
      if (state() == State::closed) {
        failures_ = 0;
      } else if (state() == State::half_open && successes_ >= config_.success_threshold) {
        failures_ = 0;
        enter(State::closed, now, fmt::format("{} in a row", count_of(successes_, "success")));
      }
      break;
  }
  return {};
}

namespace {

constexpr std::array classic_keys{
    Key{"FailureThreshold", "failures", "5", "this many failures in a row open the breaker",
        whole(1)},
    Key{"SuccessThreshold", "successes", "2",
        "this many successes in a row close the half-open breaker", whole(1)},
    Key{"Timeout", "timeout", "30s",
        "the breaker stays open until this long after the last failure", duration()},
};

Result<ClassicConfig> read_classic(const Settings& settings) {
  SettingsReader read(classic_keys, settings);
  const ClassicConfig config{.failure_threshold = read.whole("FailureThreshold"),
                             .success_threshold = read.whole("SuccessThreshold"),
                             .timeout = read.duration("Timeout")};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_classic(const Settings& settings, Random /*random*/) {
  return make_breaker<Classic>(read_classic(settings));
}

Facts classic_facts(const Settings& settings) {
  const auto config = *read_classic(settings);
  return {.trips = {{.kind = TripRule::Kind::consecutive, .failures = config.failure_threshold}},
          .open_for = config.timeout,
          .trials_needed = config.success_threshold};
}

constexpr std::array<std::string_view, 2> classic_surprises{
    "While half-open, the breaker lets every request through, so the full load hits an upstream "
    "that has only just come back.",
    "Failures of earlier requests that arrive while the breaker is open keep it open longer.",
};

constexpr Portrait classic_portrait{
    .library = "the Go listing from tripcurve's founding story",
    .evidence = Evidence::executed,
    .answers = {"> : still open at the last failure + Timeout", ">=, whole numbers", "on failures",
                "completed calls", "everybody",
                "it counts in the state in which it arrives; a failure postpones the end of the "
                "open period",
                "failures: by any success while closed, and on close; successes: by any failure"},
    .surprises = classic_surprises,
    .counting =
        "The listing counts every error that the wrapped function returns, so your code decides "
        "which answers are errors. tripcurve counts 5xx and every call without an answer.",
    .cancelling =
        "The wrapped function returns an error if its context is cancelled, and the listing "
        "counts every error, so a call that its caller gives up is a failure.",
};

}  // namespace

const Dialect& classic_dialect() {
  static constexpr Dialect dialect{
      .name = "classic",
      .summary = "failures in a row; half-open lets every request through",
      .keys = classic_keys,
      .portrait = &classic_portrait,
      .make = make_classic,
      .facts = classic_facts,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
