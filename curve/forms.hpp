// Closed forms for the mean time to open, where they exist: independent failures of a constant
// share, in an open loop, of a client whose calls are one attempt each. From the theory of runs and
// of windows that were full of successes.
#pragma once

#include <optional>

#include "breaker/dialect.hpp"
#include "core/time.hpp"

namespace tripcurve::curve {

struct Steady {
  double calls_per_second = 0;
  double failures = 0;    // share of the calls
  Duration call_takes{};  // how long a failing call takes
};

// n failures in a row: (1 - p^n) / (p^n (1 - p)) calls on average, and the last one's time. A share
// s of a sliding window: when s of what the window holds has failed, if p is above s and the window
// has its minimum of calls. None where no form is known or the rule never opens it.
[[nodiscard]] std::optional<Duration> mean_time_to_open(const breaker::TripRule& rule,
                                                        const Steady& steady);

}  // namespace tripcurve::curve
