#include "experiment/read_checks.hpp"

#include <algorithm>
#include <string_view>

#include "core/text.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

// A metric that counts from a fault, where there is none to count from.
std::optional<Error> unjudgeable(const expect::Expectation& expectation, bool any_fault) {
  for (const auto& term : expectation.terms) {
    if (term.metric->since_fault && expectation.scope.phase.empty() && !any_fault) {
      return Error{
          quoted(term.metric->name) + " counts from a fault, and no phase is worse than normal",
          "add a phase with errors or latency, or name the phase to count from"};
    }
  }
  return std::nullopt;
}

}  // namespace

void check_phases(const Node& list, const Experiment& experiment, Mistakes& mistakes) {
  if (too_long(experiment)) {
    mistakes.add(list.key_at,
                 {"all phases together take longer than 10000h", "make them shorter, or fewer"});
  }
  if (const auto error = contradiction(experiment)) {
    mistakes.add(list.key_at, *error);
  }
  if (const auto error = faults::contradiction(experiment.upstream, experiment.phases)) {
    mistakes.add(list.key_at, *error);
  }
  for (std::size_t i = 0; i < experiment.phases.size(); ++i) {
    const auto& on = experiment.phases[i].on;
    const auto is_called = [&](const load::Endpoint& endpoint) {
      return on->matches(
          {.method = endpoint.method, .path = endpoint.path, .headers = endpoint.headers});
    };
    if (on && std::ranges::none_of(experiment.endpoints, is_called)) {
      mistakes.add(list.children[i].at,
                   {"phase " + quoted(experiment.phases[i].name) + " is about " + on->text() +
                        ", which no endpoint calls",
                    "add it to endpoints"});
    }
  }
}

void check_expectations(const std::vector<Placed>& all, const Experiment& experiment,
                        Mistakes& mistakes) {
  const auto known = names(experiment);
  const bool any_fault = !fault_plan(experiment).timetable().faults().empty();
  for (const auto& [expectation, at] : all) {
    if (const auto error = expect::mistake(expectation, known)) {
      mistakes.add(at, *error);
    } else if (const auto other = unjudgeable(expectation, any_fault)) {
      mistakes.add(at, *other);
    }
  }
}

void check_baseline(const std::vector<Placed>& all, const Experiment& experiment,
                    Mistakes& mistakes) {
  if (all.empty()) {
    return;
  }
  const auto timetable = fault_plan(experiment).timetable();
  const auto known = names(experiment);
  std::size_t before = 0;
  while (before < timetable.phases().size() && !timetable.phases()[before].fault) {
    ++before;
  }
  if (before == timetable.phases().size()) {  // no fault is planned: it is about the first phase
    before = 1;
  }
  if (before == 0) {
    mistakes.add(all.front().at, {"a baseline is measured before the first fault, and phase " +
                                      quoted(known.phases.front()) + " begins with it",
                                  "put a healthy phase in front, or leave out the baseline"});
    return;
  }
  for (const auto& [expectation, at] : all) {
    const auto& phase = expectation.scope.phase;
    const auto found = std::ranges::find(known.phases, phase);
    if (found != known.phases.end() &&
        static_cast<std::size_t>(found - known.phases.begin()) >= before) {
      mistakes.add(at, {"a baseline is measured before the first fault, and phase " +
                            quoted(phase) + " is not before it",
                        "move it to expect"});
    }
  }
  check_expectations(all, experiment, mistakes);
}

}  // namespace tripcurve::experiment
