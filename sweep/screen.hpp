// What formulas say of settings before anything runs: which of them cannot work, and how often they
// trip although nothing is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "sweep/scenarios.hpp"

namespace tripcurve::sweep {

// In 30 days, if failures come independently, or if half of them are followed by another.
struct FalseTrips {
  double independent = 0;
  std::optional<double> bursty{};
};
// None where no formula is known.
[[nodiscard]] std::optional<FalseTrips> false_trips_of(const experiment::Experiment& setting);

// Why its breaker opens in none of these scenarios, or never closes again: a sentence without its
// full stop. None when it may work.
[[nodiscard]] std::optional<std::string> cannot_work(const experiment::Experiment& setting,
                                                     const std::vector<Scenario>& scenarios);

}  // namespace tripcurve::sweep
