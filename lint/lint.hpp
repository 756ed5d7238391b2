// Settings that cannot do what they say, told before anything runs: judged against the load and the
// outage that they are meant for.
#pragma once

#include <optional>
#include <vector>

#include "breaker/registry.hpp"

namespace tripcurve::lint {

// What is wrong with a choice under this traffic: what holds for every dialect (minimum calls that
// never come, thresholds that the outage does not reach, answers that do not count as failures,
// slow ones that nothing counts, trials too few for a verdict), then what is peculiar to its
// dialect.
[[nodiscard]] std::vector<breaker::Warning> lint(const breaker::Choice& choice,
                                                 const breaker::Traffic& traffic);

// How often it will open in 30 days although nothing is wrong.
struct FalseTrips {
  double independent = 0;        // per month, when failures come independently
  std::optional<double> bursty;  // and when half of the failures are followed by another
};

// At the traffic's rate and normal errors; nothing without these, or where no form is known.
[[nodiscard]] std::optional<FalseTrips> false_trips(const breaker::Choice& choice,
                                                    const breaker::Traffic& traffic);

}  // namespace tripcurve::lint
