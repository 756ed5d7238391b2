// What a service did that calls went through, as far as it was seen on both of its sides.
#include <algorithm>

#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using report::Scope;
using report::Summary;
using through::PhaseCounts;

using OfService = std::function<Observation(const PhaseCounts&)>;

Observations by_seen(const Summary& summary, const Scope& scope, const OfService& observe) {
  Observations all;
  const auto found = stretches(summary, scope);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!scope.endpoint.empty()) {
      all.push_back(
          {.why = "what a service withholds is counted for all of its endpoints together"});
    } else if (const auto& counts = found[i].phase->through) {
      all.push_back(observe(*counts));
    } else {
      continue;
    }
    all.back().subject = found[i].subject;
    all.back().stretch = i;
  }
  return all;
}

// A part of the calls, which may also have those in it of which nobody can say.
Observation share_between(std::uint64_t part, std::uint64_t unknown, std::uint64_t whole) {
  auto observation = share_of(part, whole);
  if (unknown > 0 && whole > 0) {
    observation.between = {as_number(part) / as_number(whole),
                           as_number(std::min(part + unknown, whole)) / as_number(whole)};
  }
  return observation;
}

std::uint64_t answered(const PhaseCounts& counts) { return counts.calls - counts.lost; }

}  // namespace

Observations withheld(const Summary& summary, const Scope& scope) {
  return by_seen(summary, scope, [](const PhaseCounts& counts) {
    Observation observation{.value = as_number(counts.withheld), .samples = counts.calls};
    if (counts.unknown > 0) {
      observation.between = {as_number(counts.withheld),
                             as_number(counts.withheld + counts.unknown)};
    }
    return observation;
  });
}

Observations withheld_share(const Summary& summary, const Scope& scope) {
  return by_seen(summary, scope, [](const PhaseCounts& counts) {
    return share_between(counts.withheld, counts.unknown, answered(counts));
  });
}

Observations withheld_badly_share(const Summary& summary, const Scope& scope) {
  return by_seen(summary, scope, [](const PhaseCounts& counts) {
    auto observation =
        share_between(counts.withheld - counts.withheld_good, counts.unknown, answered(counts));
    if (counts.withheld_good > 0) {
      observation.why = std::to_string(counts.withheld_good) +
                        " more were answered well without an arrival, by a fallback or a cache; "
                        "rejected_share counts them, too";
    }
    return observation;
  });
}

Observations arrived_while_open(const Summary& summary, const Scope& scope) {
  return by_seen(summary, scope, [](const PhaseCounts& counts) {
    Observation observation{.value = as_number(counts.while_open),
                            .samples = counts.withheld + counts.while_open};
    if (observation.samples == 0) {
      observation.why = "no breaker was open, so nothing could leak past it";
    }
    return observation;
  });
}

Observations not_known_of_a_service(const Summary& summary, const Scope& scope) {
  return by_seen(summary, scope, [](const PhaseCounts&) {
    return Observation{.why =
                           "whether a call that the service withheld would have been answered "
                           "well is not known"};
  });
}

std::optional<std::pair<double, double>> observed_between(const report::History& history,
                                                          TimePoint came, TimePoint begin) {
  const auto& steps = history.steps();
  const auto step = std::ranges::find(steps, came, &report::Step::at);
  if (step == steps.end() || !step->earliest) {
    return std::nullopt;
  }
  return std::pair(to_milliseconds(std::max(*step->earliest, begin) - begin),
                   to_milliseconds(came - begin));
}

// Each change that borders on a stay in it may have been up to its whole uncertainty earlier.
std::optional<double> uncertain_time_in(const report::History& history, breaker::State state,
                                        const report::Span& span) {
  std::optional<double> uncertain;
  for (const auto& step : history.steps(span)) {
    const bool borders = breaker::acts_as(step.from) == breaker::acts_as(state) ||
                         breaker::acts_as(step.to) == breaker::acts_as(state);
    if (borders && step.earliest) {
      uncertain = uncertain.value_or(0) + to_milliseconds(step.at - *step.earliest);
    }
  }
  return uncertain;
}

}  // namespace tripcurve::expect
