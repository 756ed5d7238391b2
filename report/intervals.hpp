// 95 % intervals, for saying whether two measurements differ by more than chance.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/histogram.hpp"

namespace tripcurve::report {

struct ConfidenceInterval {
  double low = 0;
  double high = 0;
};

// Of the share that `part` of `whole` samples show. E. B. Wilson, "Probable inference, the law of
// succession, and statistical inference", 1927. `whole` is not 0.
[[nodiscard]] ConfidenceInterval wilson(std::uint64_t part, std::uint64_t whole);

// Of the difference of two such shares, the second less the first. R. G. Newcombe, "Interval
// estimation for the difference between independent proportions", 1998, method 10.
[[nodiscard]] ConfidenceInterval newcombe(std::uint64_t part1, std::uint64_t whole1,
                                          std::uint64_t part2, std::uint64_t whole2);

// Of the q-quantile, in milliseconds: between the samples of the ranks nq - 1.96 sqrt(nq(1-q)) and
// nq + 1.96 sqrt(nq(1-q)) + 1, widened to the edges of their buckets. None when there are too few
// samples to have such ranks.
[[nodiscard]] std::optional<ConfidenceInterval> rank_interval(
    const std::vector<Histogram::Bucket>& distribution, double q);

}  // namespace tripcurve::report
