// Queues in front of workers, in the long run.
//
// Sources: Erlang (1917) for loss and delay with many servers; Pollaczek and Khinchine for one
// server with any service time. Arrivals are Poisson. Waits are in mean service times.
#pragma once

#include <cstdint>

namespace tripcurve::theory {

// The share of calls that find all `servers` busy, if those are turned away; `load` is arrivals per
// mean service time.
[[nodiscard]] double erlang_b(double load, std::uint64_t servers);
// The share that has to wait, if they do; `load` below `servers`.
[[nodiscard]] double erlang_c(double load, std::uint64_t servers);

// M/M/c: the mean wait and the mean number that wait.
[[nodiscard]] double wait_in_line(double load, std::uint64_t servers);
[[nodiscard]] double length_of_line(double load, std::uint64_t servers);

// M/G/1: the mean wait; `variation` is the service time's standard deviation over its mean, and
// `load` is below 1.
[[nodiscard]] double wait_for_one(double load, double variation);
// That of a lognormal with this sigma.
[[nodiscard]] double lognormal_variation(double sigma);

// How many workers are held (Little's law).
[[nodiscard]] constexpr double held(double calls_per_second, double seconds) {
  return calls_per_second * seconds;
}

}  // namespace tripcurve::theory
