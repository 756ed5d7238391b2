// What run and simulate share: how flags become a trial, and a trial an exit code.
#pragma once

#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "experiment/experiment.hpp"
#include "report/summary.hpp"
#include "trial/trial.hpp"

namespace tripcurve::cli {

// Says on `output` what should be known before a run of the experiment, and returns what its report
// says of where it comes from.
[[nodiscard]] trial::Origin announce(const experiment::Experiment& experiment,
                                     const RunOutput& output);

// The display and the event lines of `output`, and the signals. A second signal ends the process at
// once. All must outlive the audience.
[[nodiscard]] trial::Audience audience_of(const RunOutput& output, const Signals& signals);

}  // namespace tripcurve::cli
