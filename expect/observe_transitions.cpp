// What a breaker's transitions come to: counts of them, and the time between them.
#include <algorithm>

#include "core/units.hpp"
#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using breaker::State;

Certainty certainty(bool whole) { return whole ? Certainty::exact : Certainty::at_least; }

// Transitions of one kind, by breaker; what it did not do counts only where there were calls.
using OfHistory = report::Known<std::uint64_t> (report::History::*)(const report::Span&) const;
template <OfHistory counted>
Observations count_transitions(const report::Summary& summary, const report::Scope& scope) {
  return by_breaker(summary, scope, [](const BreakerStretch& seen) {
    const auto found = (seen.history.*counted)(seen.stretch.span);
    Observation observation{.value = as_number(found.value),
                            .certainty = certainty(found.whole),
                            .samples = seen.calls};
    if (found.value == 0 && counted == &report::History::opens) {
      observation.why = why_not_open(seen.summary, seen.breaker, seen.stretch.span);
    }
    return observation;
  });
}

// The most of one stay in half_open, over the stays that ended in the stretch, and over the one
// that the run ended in.
template <std::uint32_t report::Step::* of_step, std::uint32_t load::Probes::* of_last>
Observations most_probes(const report::Summary& summary, const report::Scope& scope) {
  return by_breaker(summary, scope, [](const BreakerStretch& seen) {
    Observation observation{.certainty = certainty(seen.history.knows(seen.stretch.span))};
    const auto note = [&](std::uint32_t n) {
      ++observation.samples;
      observation.value = std::max(observation.value.value_or(0), static_cast<double>(n));
    };
    for (const auto& step : seen.history.steps(seen.stretch.span)) {
      if (step.from == State::half_open) {
        note(step.*of_step);
      }
    }
    const auto& breaker = seen.summary.breakers[seen.breaker];
    if (seen.stretch.span.with_end && breaker.final_state == State::half_open) {
      note(breaker.last_probes.*of_last);
    }
    if (observation.samples == 0) {
      observation.why = "it was never half-open";
    }
    return observation;
  });
}

}  // namespace

Observations opens(const report::Summary& summary, const report::Scope& scope) {
  return count_transitions<&report::History::opens>(summary, scope);
}

Observations trips(const report::Summary& summary, const report::Scope& scope) {
  return count_transitions<&report::History::trips>(summary, scope);
}

Observations closes(const report::Summary& summary, const report::Scope& scope) {
  return count_transitions<&report::History::closes>(summary, scope);
}

Observations probes_per_half_open(const report::Summary& summary, const report::Scope& scope) {
  return most_probes<&report::Step::probes, &load::Probes::sent>(summary, scope);
}

Observations max_concurrent_probes(const report::Summary& summary, const report::Scope& scope) {
  return most_probes<&report::Step::most_probes, &load::Probes::most>(summary, scope);
}

Observations false_opens(const report::Summary& summary, const report::Scope& scope) {
  return by_breaker(summary, scope, [](const BreakerStretch& seen) {
    // Nothing can be planned for somebody else's upstream.
    if (!seen.summary.totals.upstream && seen.summary.facts.timetable.faults().empty()) {
      return Observation{.why =
                             "the upstream is not tripcurve's, so it is not known when something "
                             "was wrong there on purpose"};
    }
    const auto found =
        std::ranges::count_if(seen.history.steps(seen.stretch.span), [&](const report::Step& step) {
          return step.trips() && !report::wrong_on_purpose(seen.summary.facts, seen.breaker, step);
        });
    return Observation{.value = static_cast<double>(found),
                       .certainty = certainty(seen.history.knows_trips(seen.stretch.span)),
                       .samples = seen.calls};
  });
}

Observations flaps_per_min(const report::Summary& summary, const report::Scope& scope) {
  return by_breaker(summary, scope, [](const BreakerStretch& seen) {
    const auto found = seen.history.trips(seen.stretch.span);
    const auto minutes = to_seconds(seen.stretch.phase->lasted) / 60;
    const auto flaps = found.value > 0 ? as_number(found.value - 1) : 0;
    return Observation{.value = minutes > 0 ? flaps / minutes : 0,
                       .certainty = certainty(found.whole),
                       .samples = seen.calls};
  });
}

Observations time_in(const report::Summary& summary, const report::Scope& scope,
                     breaker::State wanted) {
  return by_breaker(summary, scope, [&](const BreakerStretch& seen) {
    const auto spent = seen.history.time_in(wanted, seen.stretch.lasted());
    const auto value = to_milliseconds(spent.value);
    Observation observation{
        .value = value, .certainty = certainty(spent.whole), .samples = seen.calls};
    if (const auto uncertain = uncertain_time_in(seen.history, wanted, seen.stretch.lasted())) {
      observation.between = {std::max(0.0, value - *uncertain), value + *uncertain};
    }
    return observation;
  });
}

Observations transitions(const report::Summary& summary, const report::Scope& scope) {
  return by_breaker(summary, scope, [](const BreakerStretch& seen) {
    const auto& span = seen.stretch.span;
    Observation observation{.certainty = certainty(seen.history.knows(span)),
                            .states = {seen.history.state_at(span.begin)},
                            .samples = seen.calls};
    for (const auto& step : seen.history.steps(span)) {
      if (step.to != observation.states.back()) {
        observation.states.push_back(step.to);
      }
    }
    return observation;
  });
}

}  // namespace tripcurve::expect
