#include "breaker/dialects/classic.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "core/units.hpp"

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

void Classic::record(const Permit& /*permit*/, Outcome outcome, CallEnd end, TimePoint now) {
  switch (outcome) {
    case Outcome::ignored:
      return;  // the listing knows no third outcome, so nothing is recorded
    case Outcome::failure:
      ++failures_;
      successes_ = 0;
      last_failure_ = now;
      if (state() == State::closed && failures_ >= config_.failure_threshold) {
        enter(State::open, now,
              fmt::format("{} failure{} in a row, the last {}", failures_,
                          failures_ == 1 ? "" : "s", words(end)));
      } else if (state() == State::half_open) {
        enter(State::open, now, fmt::format("a trial failed: {}", words(end)));
      }
      return;
    case Outcome::success:
      ++successes_;
      if (state() == State::closed) {
        failures_ = 0;
      } else if (state() == State::half_open && successes_ >= config_.success_threshold) {
        failures_ = 0;
        enter(State::closed, now,
              fmt::format("{} success{} in a row", successes_, successes_ == 1 ? "" : "es"));
      }
      return;
  }
}

namespace {

constexpr std::array keys{
    Key{"FailureThreshold", "failures", "5", "failures in a row that open the breaker"},
    Key{"SuccessThreshold", "successes", "2", "successes in a row that close it from half-open"},
    Key{"Timeout", "timeout", "30s", "stays open until this long after the last failure"},
};

Result<std::unique_ptr<Breaker>> make(const Settings& settings, Random /*random*/) {
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  ClassicConfig config;
  for (const auto& [key, value] : settings) {
    if (key == "Timeout") {
      const auto timeout = parse_duration(value);
      if (!timeout) {
        return timeout.error().in(key);
      }
      config.timeout = *timeout;
      continue;
    }
    const auto count = parse_count(value, 1, most);
    if (!count) {
      return count.error().in(key);
    }
    (key == "FailureThreshold" ? config.failure_threshold : config.success_threshold) = *count;
  }
  return std::unique_ptr<Breaker>(std::make_unique<Classic>(config));
}

}  // namespace

const Dialect& classic_dialect() {
  static constexpr Dialect dialect{
      "classic", "failures in a row; half-open lets every request through", keys, make};
  return dialect;
}

}  // namespace tripcurve::breaker
