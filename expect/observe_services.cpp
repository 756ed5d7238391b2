// Metrics of a topology's services, and of the order in which its breakers open.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/units.hpp"
#include "expect/observe.hpp"
#include "report/selectivity.hpp"

namespace tripcurve::expect {
namespace {

using report::History;
using report::Summary;

// The histories of the breakers with that name: of one link, or of the load's own client.
std::vector<const History*> histories_of(const Summary& summary, const std::string& name) {
  std::vector<const History*> found;
  if (name == report::own_client) {
    for (const auto& history : summary.histories) {
      found.push_back(&history);
    }
    return found;
  }
  for (const auto& service : summary.services) {
    for (const auto& link : service.links) {
      if (report::link_name(service.name, link.to) == name) {
        found.push_back(&link.history);
      }
    }
  }
  return found;
}

struct FirstOpening {
  std::string name;
  TimePoint at;
};

// Of several breakers the first that opens in the span, or was open when it began.
std::optional<FirstOpening> first_opening(const Summary& summary,
                                          const std::vector<std::string>& names,
                                          const report::Span& span) {
  std::optional<FirstOpening> first;
  const auto note = [&](const std::string& name, TimePoint at) {
    if (!first || at < first->at) {
      first = {name, at};
    }
  };
  for (const auto& name : names) {
    for (const auto* history : histories_of(summary, name)) {
      if (breaker::claims_open(history->state_at(span.begin))) {
        note(name, span.begin);
        continue;
      }
      const auto steps = history->steps(span);
      const auto opening = std::ranges::find_if(steps, &report::Step::opens);
      if (opening != steps.end()) {
        note(name, opening->at);
      }
    }
  }
  return first;
}

// How long the outer breaker opened after the first of those behind it; none if neither did.
std::optional<Observation> lead_of(const Summary& summary, const report::Nesting& nesting,
                                   const report::Span& span) {
  const auto inner = first_opening(summary, nesting.inner, span);
  const auto outer = first_opening(summary, {nesting.outer}, span);
  if (!inner && !outer) {
    return std::nullopt;
  }
  Observation observation{.subject = nesting.outer, .samples = 1};
  if (!outer) {
    observation.never = true;
    observation.waited = to_milliseconds(span.end - inner->at);
    observation.why = nesting.outer + " did not open";
    return observation;
  }
  const auto inner_at = inner ? inner->at : span.end;
  observation.value = to_milliseconds(outer->at - inner_at);
  observation.certainty = inner ? Certainty::exact : Certainty::at_most;
  if (!inner) {
    observation.why = fmt::format("{}, which is nearer to the fault, did not open",
                                  fmt::join(nesting.inner, " and "));
  } else if (inner_at > outer->at) {
    observation.why = fmt::format("{}, which is nearer to the fault, opened {} later", inner->name,
                                  show_duration(inner_at - outer->at));
  }
  return observation;
}

}  // namespace

Observations by_service(const Summary& summary, const report::Scope& scope, OfService observe) {
  return by_counts(summary, scope, [&](const load::Counts& counts, const Stretch& stretch) {
    const auto& service = summary.services.front();
    const auto own = std::ranges::find(summary.phases, stretch.phase,
                                       [](const report::PhaseSummary& phase) { return &phase; });
    const auto& numbers =
        own == summary.phases.end()
            ? service.totals
            : service.phases[static_cast<std::size_t>(own - summary.phases.begin())];
    return Observation{.value = observe(numbers), .samples = counts.calls};
  });
}

Observations selectivity(const Summary& summary, const report::Scope& scope) {
  Observations all;
  if (summary.services.empty()) {
    return all;
  }
  const report::FaultTimes times{
      summary.facts.timetable.faults(), summary.facts.timeout,
      std::min(report::run_end(summary.facts), summary.facts.timetable.end())};
  const auto nestings = report::nestings(summary.services, summary.facts.dialect != "none");
  for (std::size_t f = 0; f < times.faults.size() && times.faults[f].begin < times.reached; ++f) {
    const auto& fault = times.faults[f];
    const auto in_scope = [&](const Stretch& stretch) {
      return fault.begin < stretch.span.end && stretch.span.begin < fault.end;
    };
    if (std::ranges::none_of(stretches(summary, scope), in_scope)) {
      continue;
    }
    const auto before = all.size();
    for (const auto& nesting : nestings) {
      if (auto one = lead_of(summary, nesting, {fault.begin, report::window_end(times, f)})) {
        one->stretch = f;
        all.push_back(*std::move(one));
      }
    }
    if (all.size() == before) {
      all.push_back(
          {.why = "none of the breakers that stand one behind the other opened", .stretch = f});
    }
  }
  return all;
}

}  // namespace tripcurve::expect
