// An experiment made by chance: everything that flags and files can say, with the texts and the
// numbers that are hard to write down. Each passes every check of experiment/checks.hpp.
#pragma once

#include "core/random.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::testing {

[[nodiscard]] experiment::Experiment chance_experiment(Random random);

}  // namespace tripcurve::testing
