// failsafe-go: failsafe-go v0.9.7, which has the states and the verdicts of Failsafe (failsafe.hpp)
// in Go's numbers.
//
// Where it differs, read from the circuitbreaker and internal/util packages at 5759a5e and checked
// against traces recorded by running it (tests/golden/traces/failsafe-go.ndjson):
//   window     ten buckets of a tenth of the period, which lie on the grid of the Unix epoch
//   rates      parts of one, rounded to two decimals; the threshold is not rounded; to close, the
//              rate of successes must be > 1 - threshold, in float64
//   arguments  only the range of a rate is checked; a threshold above its capacity wraps around in
//              unsigned numbers and is never reached; a rate of 0 is no rate rule
#pragma once

#include "breaker/dialect.hpp"

namespace tripcurve::breaker {

[[nodiscard]] const Dialect& failsafe_go_dialect();

}  // namespace tripcurve::breaker
