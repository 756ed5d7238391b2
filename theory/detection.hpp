// How long it takes from the beginning of a fault until the breaker opens, and what that costs.
//
// Source: the theory of runs (theory/runs.hpp), and for windows how many failures push out the
// successes that they were full of. Results count when calls end, so the time that a failing call
// takes comes on top of each.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"
#include "core/time.hpp"

namespace tripcurve::theory {

// An open loop, of a client whose calls are one attempt each.
struct Steady {
  double calls_per_second = 0;
  double failures = 0;    // share of the calls
  Duration call_takes{};  // how long a failing call takes
  // Of the calls that follow one that failed, the share that fails (theory/runs.hpp); none: they
  // are independent.
  std::optional<double> stickiness{};
};

// The mean. n failures in a row: (1 - p^n) / (p^n (1 - p)) calls on average, and the last one's
// time; in bursts the same by theory/runs.hpp, from a moment at which a burst may be on. A share s
// of a sliding window: when s of what the window holds has failed, if p is above s and the window
// has its minimum of calls. None where no form is known, as for windows and bursts, or the rule
// never opens it.
[[nodiscard]] std::optional<Duration> mean_time_to_open(const breaker::TripRule& rule,
                                                        const Steady& steady);

// Calls that a dead upstream gets until `needed` of its failures have been counted: these, and what
// goes out while the last of them takes its time.
[[nodiscard]] double wasted_calls(double needed, const Steady& steady);

// The mean seconds until the last of `instances`, which share the calls evenly and of which each
// opens after `n` failures, has opened: Poisson arrivals, all of which fail at once.
[[nodiscard]] double seconds_until_last_opens(std::uint64_t n, double instances,
                                              double calls_per_second);

}  // namespace tripcurve::theory
