// How many calls pass until a window of the latest holds failures enough.
//
// Sources: the exact chain of the window's contents; for windows that are too long for it Naus's
// approximation of scan statistics (J. Naus, "Approximations for Distributions of Scan Statistics",
// JASA 77, 1982), which follows the first three windows exactly; for windows of time the rate at
// which a failure arrives that completes the event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::theory {

// The failures that trip the rule among n calls, at least 1.
[[nodiscard]] double failures_needed(const breaker::TripRule& rule, double n);

// The mean for a rule with a window of calls, judged at each result from its minimum of calls on;
// infinity if it cannot hold failures enough. Exact: follows the distribution over all contents of
// the window that do not trip. None if there are more of these than `most_states`, or more calls in
// the window than 64. `share` and `stickiness` in (0, 1), as in theory/runs.hpp.
[[nodiscard]] std::optional<double> exact_calls_until_window(const breaker::TripRule& rule,
                                                             double share, double stickiness,
                                                             std::size_t most_states);

// The mean until `needed` of the last `window` independent calls have failed, once so many have
// been made; within about 1 % (it assumes that later windows are as the third). At least 1 and at
// most `window` are needed.
[[nodiscard]] double scan_calls_until_window(std::uint64_t window, std::uint64_t needed,
                                             double share);

// The rare-event estimate of the same: how often a failure completes the event. Too low, by up to
// a third where it is not rare.
[[nodiscard]] double rare_calls_until_window(std::uint64_t window, std::uint64_t needed,
                                             double share);

// The mean if windows do not slide but follow each other, and each is judged at its end.
[[nodiscard]] double tumbling_calls_until_window(std::uint64_t window, std::uint64_t needed,
                                                 double share);

// The chance that a window of time holds, at a given instant, failures enough: Poisson arrivals,
// `mean_calls` in it on average. Not how often the rule trips: see calls_until_share().
[[nodiscard]] double chance_of_share(const breaker::TripRule& rule, double mean_calls,
                                     double share);

// Mean calls until a sliding window of time that holds `mean_calls` on average (Poisson arrivals)
// reaches the rule's share, with its minimum of calls: the rare-event estimate, for independent
// failures only.
[[nodiscard]] double calls_until_share(const breaker::TripRule& rule, double mean_calls,
                                       double share);

}  // namespace tripcurve::theory
