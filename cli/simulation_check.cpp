#include "cli/simulation_check.hpp"

#include <utility>

#include "core/ensure.hpp"
#include "report/compare.hpp"
#include "report/layout.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::cli {

Result<Share> parse_sim_tolerance(const std::string& text) {
  const auto tolerance = parse_share(text.empty() ? "5%" : text);
  return tolerance ? tolerance : tolerance.error().in("--check-sim");
}

SimulationCheck check_simulation(const report::Summary& summary, experiment::Experiment experiment,
                                 Share tolerance) {
  if (summary.facts.ending != report::Ending::completed) {
    return {.text = "\n" + report::hang("Check  ",
                                        "the run was not completed, so it is not held "
                                        "against its simulation"),
            .agrees = true};
  }
  experiment.seed = summary.facts.seed;
  experiment.versus.reset();
  trial::VirtualTime world;
  const auto simulated = trial::run(
      experiment, world, {.tool_version = summary.facts.tool_version, .warnings = {}}, {}, {});
  const auto comparison = report::compare(simulated, summary, tolerance, report::Asked::the_same);
  ENSURE(comparison.ok());  // the phases are the experiment's
  report::MarkedText text("\n");
  text += report::to_marked_text(*comparison);
  return {.text = std::move(text), .agrees = !comparison->failed()};
}

}  // namespace tripcurve::cli
