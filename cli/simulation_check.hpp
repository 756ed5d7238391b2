// --check-sim: whether a run was as its simulation says.
#pragma once

#include <string>

#include "core/exit_code.hpp"
#include "core/result.hpp"
#include "core/units.hpp"
#include "experiment/experiment.hpp"
#include "report/marked_text.hpp"
#include "report/summary.hpp"

namespace tripcurve::cli {

// What is typed behind it; "" is the default, 5%.
[[nodiscard]] Result<Share> parse_sim_tolerance(const std::string& text);

struct SimulationCheck {
  report::MarkedText text{};
  bool agrees = true;
};

// Simulates the experiment with the seed of the run that `summary` is of, and compares. One that
// was not completed is not compared, and its text says so.
[[nodiscard]] SimulationCheck check_simulation(const report::Summary& summary,
                                               experiment::Experiment experiment, Share tolerance);

}  // namespace tripcurve::cli
