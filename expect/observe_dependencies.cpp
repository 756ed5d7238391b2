// The metrics of a service with several dependencies: each has phases and a count of its own.
#include <algorithm>
#include <array>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "expect/dependencies.hpp"
#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using report::DependencySummary;
using report::PhaseSummary;
using report::Summary;

PhaseSummary phase_of(const std::string& name, const through::PhaseCounts& seen) {
  PhaseSummary phase;
  phase.phase.name = name;
  phase.lasted = seen.calls > 0 ? Duration(1) : Duration();  // whether the run reached it
  phase.counts.calls = seen.calls;
  phase.counts.ok = seen.calls;  // all have ended, however
  phase.upstream.emplace().requests = seen.arrived();
  phase.through = seen;
  return phase;
}

// The run as that dependency saw it.
Summary seen_by_dependency(const Summary& summary, const DependencySummary& dependency) {
  Summary seen{.facts = {.timetable = summary.facts.timetable,
                         .ending = summary.facts.ending,
                         .ended_at = summary.facts.ended_at}};
  through::PhaseCounts total;
  for (const auto& phase : dependency.phases) {
    seen.phases.push_back(phase_of(phase.name, phase.seen));
    total += phase.seen;
  }
  seen.totals = phase_of("", total);
  seen.through.emplace();
  return seen;
}

constexpr std::array<std::string_view, 7> of_dependency{
    "calls",           "rejected",          "rejected_share",
    "fail_fast_share", "leaked_while_open", "upstream_requests",
    "amplification",
};

}  // namespace

bool is_of_dependency(const Metric& metric) {
  return std::ranges::find(of_dependency, metric.name) != of_dependency.end();
}

Result<Expectation> without_dependency(const Expectation& expectation,
                                       const PhasesOf& dependencies) {
  const auto& scope = expectation.scope;
  const bool of_them = std::ranges::all_of(expectation.terms, [](const Term& term) {
    const auto* relative = std::get_if<RelativeBound>(&term.bound);
    return is_of_dependency(*term.metric) && (!relative || is_of_dependency(*relative->of));
  });
  if (!of_them || (!scope.breaker.empty() && !dependencies.contains(scope.breaker))) {
    return expectation;
  }
  std::vector<std::string_view> known;
  for (const auto& [name, phases] : dependencies) {
    if (scope.breaker.empty() || scope.breaker == name) {
      known.insert(known.end(), phases.begin(), phases.end());
    }
  }
  if (!scope.phase.empty() && std::ranges::find(known, scope.phase) == known.end()) {
    return Error{"there is no phase " + quoted(scope.phase) +
                     (scope.breaker.empty() ? "" : " of the dependency " + scope.breaker),
                 did_you_mean(scope.phase, known)};
  }
  auto without = expectation;
  without.scope.phase.clear();
  without.scope.breaker.clear();
  return without;
}

Observations by_dependency(const Metric& metric, const Summary& summary, const report::Scope& scope,
                           std::optional<breaker::State> state) {
  Observations all;
  auto own = scope;
  own.breaker.clear();
  for (std::size_t i = 0; i <= summary.dependencies.size(); ++i) {
    const auto& name =
        i == 0 ? summary.breakers.front().identity.name : summary.dependencies[i - 1].name;
    if (!scope.breaker.empty() && scope.breaker != name) {
      continue;
    }
    auto some = i == 0 ? metric.observe(summary, own, state)
                       : metric.observe(seen_by_dependency(summary, summary.dependencies[i - 1]),
                                        own, state);
    for (auto& one : some) {
      one.subject = one.subject.empty() ? name : name + " in " + one.subject;
      one.breaker = i;
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace tripcurve::expect
