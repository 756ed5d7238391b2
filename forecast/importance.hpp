// How likely a rare trip is, by importance sampling.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/registry.hpp"
#include "forecast/false_trips.hpp"

namespace tripcurve::forecast {

// Trips per call of a breaker that has been closed for long.
struct RarePerCall {
  double mean = 0;
  double error = 0;  // standard
};

// None if no rule of the breaker can be met by more failures or more slow calls.
[[nodiscard]] std::optional<RarePerCall> rare_trips(const breaker::Choice& choice,
                                                    const Baseline& baseline, const Effort& effort);

}  // namespace tripcurve::forecast
