// What formulas say of settings before anything runs: which of them cannot work, and how often they
// trip although nothing is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "forecast/false_trips.hpp"
#include "sweep/scenarios.hpp"

namespace tripcurve::sweep {

// By theory, if failures come independently; none where no exact method is known to hold.
[[nodiscard]] std::optional<forecast::FalseTrips> false_trips_of(
    const experiment::Experiment& setting);
// The same per month, if half of the failures are followed by another one.
[[nodiscard]] std::optional<double> false_trips_in_bursts(const experiment::Experiment& setting);
// By whatever method brings an answer; none if nobody can say how often calls are made.
[[nodiscard]] std::optional<forecast::FalseTrips> false_trips_driven(
    const experiment::Experiment& setting);

// Why its breaker opens in none of these scenarios, or never closes again: a sentence without its
// full stop. None when it may work.
[[nodiscard]] std::optional<std::string> cannot_work(const experiment::Experiment& setting,
                                                     const std::vector<Scenario>& scenarios);

}  // namespace tripcurve::sweep
