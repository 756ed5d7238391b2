// How many calls pass until n in a row have failed.
//
// Source: the theory of runs (Feller, An Introduction to Probability Theory and Its Applications,
// volume 1, XIII.7), for failures that are independent, and for bursts. A burst is a chain of two
// states: after a failure the next call fails with probability `stickiness`, after a success as
// often as keeps the share of all failures. A stickiness that equals the share is independence.
#pragma once

#include <cstdint>

namespace tripcurve::theory {

// The chance that a call fails after a success, so that `share` of all fail.
[[nodiscard]] constexpr double failure_after_success(double share, double stickiness) {
  return share * (1 - stickiness) / (1 - share);
}

// The mean. `share` and `stickiness` in (0, 1).
[[nodiscard]] double calls_until_row(std::uint64_t n, double share, double stickiness);

// The standard deviation, of independent failures.
[[nodiscard]] double deviation_until_row(std::uint64_t n, double share);

// The chance that `calls` calls bring no such row, of independent failures: an outage that is
// missed. Takes time in proportion to `calls`.
[[nodiscard]] double chance_of_no_row(std::uint64_t n, double share, std::uint64_t calls);

}  // namespace tripcurve::theory
