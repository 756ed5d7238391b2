// Which settings are worth more runs: successive halving with common random numbers (Jamieson and
// Talwalkar, 2016, after the idea; here nobody is dropped by rank, but only who would not be
// recommended, beyond doubt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sweep/statistics.hpp"

namespace tripcurve::sweep {

// A setting after so many seeds.
struct Contestant {
  std::uint32_t seeds = 0;
  Estimate goal{};                // less is better
  std::optional<Strata> goals{};  // what the goal is the mean of; none if it is no mean of runs
  double violation = 0;           // of the constraint that it misses most; zero if it satisfies all
  bool may_satisfy = false;       // as far as the intervals tell
};

// No goal of a setting that is within this share of its mean needs more runs.
inline constexpr double usual_precision = 0.05;

// The indices, in order, of those that may still turn out to be the one to recommend; nobody if the
// goals of all of them are known within `precision`, a share of their mean, by enough_runs. All of
// them go on, or none, for they are compared by the same seeds.
[[nodiscard]] std::vector<std::size_t> worth_more_runs(std::span<const Contestant> contestants,
                                                       double precision);

// The index of the setting that satisfies everything with the best goal; the number of contestants
// if none does.
[[nodiscard]] std::size_t incumbent(std::span<const Contestant> contestants);

}  // namespace tripcurve::sweep
