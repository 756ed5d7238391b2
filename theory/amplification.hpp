// How retries multiply calls, and when an overloaded system finds back.
//
// Sources: sums of geometric series; the stable region L(1 + rho) < C of Bronson et al.,
// "Metastable Failures in Distributed Systems" (HotOS 2021) and Huang et al. (OSDI 2022); the
// client-side throttle of "Site Reliability Engineering", chapter 21.
#pragma once

#include <cstdint>

namespace tripcurve::theory {

// Each of `layers` makes up to `attempts` of a call to the next, and calls of the last fail
// independently, with probability `failures`.
[[nodiscard]] double amplification(double failures, double attempts, double layers);
[[nodiscard]] double success(double failures, double attempts, double layers);

// Budgets let each layer repeat at most that share of its calls.
[[nodiscard]] double amplification_by_budget(double ratio, double layers);
// A token bucket of that ratio under a share of failures well above it.
[[nodiscard]] double success_by_bucket(double failures, double ratio);

// The highest load, as a share of the capacity, from which a service finds back by itself although
// every call that fails is repeated `amplification` times in all.
[[nodiscard]] constexpr double stable_below(double amplification) { return 1 / amplification; }

// What a backend gets that takes `capacity` of `rate` calls per second, from clients that throttle
// themselves to `k` times what it takes.
[[nodiscard]] double throttled(double rate, double capacity, double k);

// The mean wait per call of a client that waits `first` before its first retry and `multiplier`
// times as long before each next, up to `attempts` attempts; it explodes where multiplier x
// failures is 1 or more.
[[nodiscard]] double waiting(double first, double multiplier, double failures,
                             std::uint64_t attempts);

}  // namespace tripcurve::theory
