// The keys and values of an experiment file as a JSON Schema, for editors and other checkers. What
// takes knowing the whole file (a phase that is not there) or arithmetic (shares that add up to
// more than 100 %) is left to read_experiment(); all else that it refuses, the schema refuses.
#pragma once

#include <string>

namespace tripcurve::experiment {

// Draft 2020-12, indented, ends in a newline. docs/experiment.schema.json is this text.
[[nodiscard]] std::string schema();

}  // namespace tripcurve::experiment
