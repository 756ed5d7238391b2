// What several shapes of durations calculate with.
#pragma once

#include <cmath>

#include "core/time.hpp"

namespace tripcurve::durations {

inline constexpr Duration longest_drawn = std::chrono::hours(10'000);
// The mean and the 99.99th percentile of a shape may be 24h, rounding allowed for.
inline constexpr double longest_tail_ns = 24 * 3600e9 * (1 + 1e-12);
inline constexpr double tail = 0.9999;

[[nodiscard]] inline double ns(Duration d) { return static_cast<double>(d.count()); }

// The nearest Duration; `count` is between 0 and that of `longest_drawn`.
[[nodiscard]] inline Duration rounded(double count) {
  return Duration(static_cast<Duration::rep>(count + 0.5));
}
// The same of any count that is not negative, cut off at `longest_drawn`.
[[nodiscard]] inline Duration rounded_and_cut(double count) {
  return count < ns(longest_drawn) ? rounded(count) : longest_drawn;
}

// The normal score of p: the inverse of the standard normal distribution function, to about 1 part
// in 10^16.
[[nodiscard]] double normal_score(double p);

// The standard normal distribution function, and what is left above.
[[nodiscard]] inline double normal_below(double score) {
  return std::erfc(-score / std::sqrt(2.0)) / 2;
}
[[nodiscard]] inline double normal_above(double score) { return normal_below(-score); }

}  // namespace tripcurve::durations
