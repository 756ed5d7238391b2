// An experiment as the file that describes it: a JSON object with the keys that read.hpp reads. A
// result holds it, so that whoever has the result can run the same again.
//
// Reading it gives an equal experiment, whatever its values are, but for what is no part of the
// run: the file it came from, the places of its expectations, what was told about the file of an
// imported breaker (which becomes plain settings), and the outputs, because a second run must not
// write over the first. Names that are not UTF-8 have U+FFFD in place of the broken bytes.
#pragma once

#include <string>

#include "experiment/experiment.hpp"

namespace tripcurve::experiment {

// One line, without an end of line; equal experiments give equal bytes.
[[nodiscard]] std::string write_experiment(const Experiment& experiment);

}  // namespace tripcurve::experiment
