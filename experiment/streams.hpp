// The calls that an experiment's load makes to its services, for the arithmetic of their capacity.
#pragma once

#include <cstddef>
#include <vector>

#include "experiment/experiment.hpp"
#include "topology/capacity.hpp"

namespace tripcurve::experiment {

// One for each endpoint, in that phase of `plan`, which is the experiment's: of an open loop at its
// highest rate. The workers of a closed loop, as many as there ever are, call as often as the
// services let them: as if no pool were ever full.
[[nodiscard]] std::vector<topology::Stream> streams(const Experiment& experiment,
                                                    const faults::Plan& plan, std::size_t phase);

}  // namespace tripcurve::experiment
