// Which settings are worth more runs: successive halving with common random numbers (Jamieson and
// Talwalkar, 2016, after the idea; here nobody is dropped by rank, but only who is beaten beyond
// doubt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sweep/statistics.hpp"

namespace tripcurve::sweep {

// A setting after so many seeds. Of every number, less is better.
struct Contestant {
  std::vector<std::vector<double>> sides;  // by side, and by seed
  Estimate goal;
  double violation = 0;      // of the constraint that it misses most; zero if it satisfies all
  bool may_satisfy = false;  // as far as the intervals tell
};

enum class Standing : std::uint8_t {
  beaten,   // another is no worse in anything and better in something, beyond doubt; and nobody
            // would choose it
  precise,  // more runs would not change its numbers by much
  open,     // worth more runs
};

// No number of a setting that is within this share of its mean needs more runs.
inline constexpr double usual_precision = 0.05;

[[nodiscard]] std::vector<Standing> standings(std::span<const Contestant> contestants,
                                              double precision);

// The index of the setting that satisfies everything with the best goal; the number of contestants
// if none does.
[[nodiscard]] std::size_t incumbent(std::span<const Contestant> contestants);

}  // namespace tripcurve::sweep
