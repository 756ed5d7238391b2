// What the parts of an experiment file cannot say together, each of them right by itself.
#pragma once

#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/read_block.hpp"
#include "experiment/read_parts.hpp"

namespace tripcurve::experiment {

// The phases among themselves, with the upstream, with the endpoints they are about, and with the
// load. `list` is what the phases were read from.
void check_phases(const Node& list, const Experiment& experiment, Mistakes& mistakes);

// Expectations that name what is not there, or that no run of this experiment could be judged by.
void check_expectations(const std::vector<Placed>& all, const Experiment& experiment,
                        Mistakes& mistakes);

// The same for those that are judged before the first fault.
void check_baseline(const std::vector<Placed>& all, const Experiment& experiment,
                    Mistakes& mistakes);

}  // namespace tripcurve::experiment
