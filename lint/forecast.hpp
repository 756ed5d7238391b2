// How often a breaker opens although nothing is wrong: closed forms for a constant share of
// failures, independent or in bursts.
//
// A burst is a two-state chain: after a failure the next call fails with probability `stickiness`,
// after a success as often as keeps the share. stickiness = share is independent.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/dialect.hpp"

namespace tripcurve::lint {

// Mean calls until `n` failures in a row. Share in (0, 1).
[[nodiscard]] double calls_until_row(std::uint64_t n, double share, double stickiness);

// Mean calls until the rule's window of calls holds failures enough, judged from its minimum of
// calls on. Exact up to 12 calls (the distribution over all windows is followed), beyond that the
// rare-event estimate, for independent failures only, which is a little low when the event is not
// rare.
[[nodiscard]] std::optional<double> calls_until_window(const breaker::TripRule& rule, double share,
                                                       double stickiness);

// Mean calls until a sliding window of time that holds `mean_calls` on average (Poisson arrivals)
// reaches the rule's share, with its minimum of calls: the rare-event estimate, for independent
// failures only.
[[nodiscard]] double calls_until_share(const breaker::TripRule& rule, double mean_calls,
                                       double share);

// Mean calls until the rule opens the breaker; infinity when it cannot, nothing when no form is
// known for it.
[[nodiscard]] std::optional<double> calls_until_trip(const breaker::TripRule& rule,
                                                     double calls_per_second, double share,
                                                     double stickiness);

}  // namespace tripcurve::lint
