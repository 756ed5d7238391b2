// Whether a service behaves as its breaker is configured: what was observed of it beside the same
// experiment in virtual time, with the settings that it should have.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using report::Reaction;

// How far a service may be off, which has other things to do than virtual time has.
constexpr double least_tolerance = 100;  // ms
constexpr double tolerated_share = 0.1;

// One thing after the other that is compared, and what differs. A service that is slow for another
// reason than its breaker, such as a machine that is busy, may be off by as much as it is slow.
class Alikeness {
 public:
  explicit Alikeness(double slow_ms) : slow_(slow_ms) {}

  void same(bool same, const std::string& difference) {
    ++compared_;
    if (!same) {
      differences_.push_back(difference);
    }
  }

  // In milliseconds.
  void close(const std::string& what, std::pair<double, double> seen, double configured) {
    const auto tolerance = std::max(least_tolerance, tolerated_share * configured);
    const auto is_within = [&](double by) {
      return seen.first - by <= configured && configured <= seen.second + by;
    };
    if (!is_within(tolerance) && is_within(tolerance + slow_)) {
      ++doubtful_;
    }
    same(is_within(tolerance),
         fmt::format("{} is {}..{}, and with the settings of --like {}", what, words(seen.first),
                     words(seen.second), words(configured)));
  }

  [[nodiscard]] Observation result() const {
    auto observation = share_of(compared_ - differences_.size(), compared_);
    observation.why = fmt::format("{}", fmt::join(differences_, "; "));
    if (doubtful_ > 0) {
      observation.between = {
          *observation.value,
          *share_of(compared_ - differences_.size() + doubtful_, compared_).value};
      observation.why +=
          fmt::format(". Answers took up to {} longer than with these settings, which may be why",
                      words(slow_));
    }
    return observation;
  }

 private:
  static std::string words(double ms) { return show(ms, Unit::duration); }

  double slow_;
  std::uint64_t compared_ = 0;
  std::uint64_t doubtful_ = 0;  // of the differences
  std::vector<std::string> differences_;
};

std::pair<double, double> seen_between(const report::History& history, TimePoint begin,
                                       Duration after) {
  const auto exact = to_milliseconds(after);
  return observed_between(history, begin + after, begin).value_or(std::pair(exact, exact));
}

void compare_reactions(const report::History& history, const Reaction& own, const Reaction& like,
                       Alikeness& alikeness) {
  const auto fault = "the fault at " + format_duration(own.fault.begin.time_since_epoch());
  alikeness.same(
      own.opened == like.opened,
      fmt::format("at {} it {}, and with the settings of --like it {}", fault,
                  own.opened ? "opened" : "did not open", like.opened ? "does" : "does not"));
  if (own.opened && like.opened) {
    alikeness.close("time_to_open of " + fault,
                    seen_between(history, own.fault.begin, *own.time_to_open),
                    to_milliseconds(*like.time_to_open));
  }
  if (own.closed_again && like.closed_again) {
    alikeness.close("time_to_close of " + fault,
                    seen_between(history, own.fault.end, *own.time_to_close),
                    to_milliseconds(*like.time_to_close));
  } else if (own.opened && like.opened) {
    alikeness.same(own.closed_again == like.closed_again,
                   fmt::format("after {} it {}, and with the settings of --like it {}", fault,
                               own.closed_again ? "closed again" : "did not close again",
                               like.closed_again ? "does" : "does not"));
  }
}

// Trips outside of faults: those that surely were, and those that may have been.
std::pair<std::uint64_t, std::uint64_t> trips_without_fault(const report::Summary& summary,
                                                            std::size_t breaker) {
  std::pair<std::uint64_t, std::uint64_t> trips;
  for (const auto& step : summary.histories[breaker].steps()) {
    if (!step.trips()) {
      continue;
    }
    auto earliest = step;
    earliest.at = step.earliest.value_or(step.at);
    const auto outside = [&](const report::Step& one) {
      return !report::wrong_on_purpose(summary.facts, breaker, one);
    };
    trips.first += outside(step) && outside(earliest) ? 1U : 0U;
    trips.second += outside(step) || outside(earliest) ? 1U : 0U;
  }
  return trips;
}

void compare_false_opens(const report::Summary& summary, std::size_t breaker,
                         const std::optional<std::uint64_t>& like, Alikeness& alikeness) {
  if (!like || report::events_cut_short(summary.facts)) {
    return;
  }
  const auto [least, most] = trips_without_fault(summary, breaker);
  alikeness.same(least <= *like && *like <= most,
                 fmt::format("it opened {} outside of faults, and with the settings of --like it "
                             "does {}",
                             count_of(most, "time"), count_of(*like, "time")));
}

// What is configured for one of the dependencies, by breaker.
const report::Versus* settings_for(const report::Summary& summary, std::size_t breaker) {
  const auto& versus = breaker == 0 ? summary.versus : summary.dependencies[breaker - 1].versus;
  return versus && !versus->breakers.empty() ? &*versus : nullptr;
}

// How much longer than in virtual time all but the slowest in a hundred answers took. A call waits
// for all dependencies, each of which has a virtual time of its own: the slowest one counts.
double how_slow(const report::Summary& summary) {
  Duration expected{};
  for (std::size_t i = 0; i < summary.histories.size(); ++i) {
    if (const auto* like = settings_for(summary, i)) {
      expected = std::max(expected, like->totals.response.p99);
    }
  }
  return to_milliseconds(std::max(Duration{}, summary.totals.response.p99 - expected));
}

Observation beside_settings(const report::Summary& summary, std::size_t breaker,
                            const report::Versus& versus) {
  const auto& own = summary.breakers[breaker];
  const auto& like = versus.breakers.front();
  const auto& history = summary.histories[breaker];
  Alikeness alikeness(how_slow(summary));
  const auto faults = std::min(own.reactions.size(), like.reactions.size());
  for (std::size_t i = 0; i < faults; ++i) {
    compare_reactions(history, own.reactions[i], like.reactions[i], alikeness);
  }
  compare_false_opens(summary, breaker, versus.false_opens, alikeness);
  const report::Span run{{}, at(summary.totals.lasted)};
  const auto open = to_milliseconds(own.time_open);
  const auto uncertain = uncertain_time_in(history, breaker::State::open, run).value_or(0);
  alikeness.close("the time in open", {std::max(0.0, open - uncertain), open + uncertain},
                  to_milliseconds(like.time_open));
  return alikeness.result();
}

}  // namespace

Observations behaves_as_configured(const report::Summary& summary, const report::Scope& scope) {
  Observations all;
  for (std::size_t i = 0; summary.through && i < summary.histories.size(); ++i) {
    const auto& name = summary.breakers[i].identity.name;
    const auto* like = settings_for(summary, i);
    if (like != nullptr && (scope.breaker.empty() || scope.breaker == name)) {
      auto& one = all.emplace_back(beside_settings(summary, i, *like));
      one.subject = summary.dependencies.empty() ? "" : name;
      one.breaker = i;
    }
  }
  if (all.empty()) {
    all.push_back({.why = "there is nothing to compare with: call a service (--through) and say "
                          "what breaker it should have (--like)"});
  }
  return all;
}

}  // namespace tripcurve::expect
