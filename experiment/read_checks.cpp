#include "experiment/read_checks.hpp"

#include "experiment/checks.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {

void check_phases(const Node& list, const Experiment& experiment, Mistakes& mistakes) {
  if (too_long(experiment)) {
    mistakes.add(list.key_at,
                 {"all phases together take longer than 10000h", "make them shorter, or fewer"});
  }
  if (const auto error = contradiction(experiment)) {
    mistakes.add(list.key_at, *error);
  }
  if (const auto error = disordered(experiment)) {
    mistakes.add(list.key_at, *error);
  }
  if (const auto error = faults::contradiction(experiment.upstream, experiment.phases)) {
    mistakes.add(list.key_at, *error);
  }
  for (std::size_t i = 0; i < experiment.phases.size(); ++i) {
    if (const auto error = uncalled(experiment.phases[i], experiment.endpoints)) {
      mistakes.add(list.children[i].at, *error);
    }
  }
}

void check_expectations(const std::vector<Placed>& all, const Experiment& experiment,
                        Mistakes& mistakes) {
  for (const auto& [expectation, at] : all) {
    if (const auto error = unjudgeable(expectation, experiment)) {
      mistakes.add(at, *error);
    }
  }
}

void check_baseline(const std::vector<Placed>& all, const Experiment& experiment,
                    Mistakes& mistakes) {
  for (const auto& [expectation, at] : all) {
    if (const auto error = unjudgeable_baseline(expectation, experiment)) {
      mistakes.add(at, *error);
    }
  }
}

}  // namespace tripcurve::experiment
