#include "report/intervals.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::report {
namespace {

constexpr double z = 1.959964;  // of 95 %, both sides

// The edges of the bucket that holds the sample of this rank, from 1.
ConfidenceInterval bucket_of(const std::vector<Histogram::Bucket>& distribution, double rank) {
  double seen = 0;
  double lower = 0;
  for (const auto& bucket : distribution) {
    seen += static_cast<double>(bucket.count);
    const double upper = to_milliseconds(bucket.upto);
    if (seen >= rank) {
      return {lower, upper};
    }
    lower = upper;
  }
  return {lower, lower};
}

}  // namespace

ConfidenceInterval wilson(std::uint64_t part, std::uint64_t whole) {
  const auto n = static_cast<double>(whole);
  const double p = static_cast<double>(part) / n;
  const double centre = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // Of none and of all, a rounding would leave the shares that there are.
  return {std::max(0.0, (centre - spread) / scale), std::min(1.0, (centre + spread) / scale)};
}

ConfidenceInterval newcombe(std::uint64_t part1, std::uint64_t whole1, std::uint64_t part2,
                            std::uint64_t whole2) {
  const double p1 = static_cast<double>(part1) / static_cast<double>(whole1);
  const double p2 = static_cast<double>(part2) / static_cast<double>(whole2);
  const auto first = wilson(part1, whole1);
  const auto second = wilson(part2, whole2);
  return {p2 - p1 - std::hypot(p2 - second.low, first.high - p1),
          p2 - p1 + std::hypot(second.high - p2, p1 - first.low)};
}

std::optional<ConfidenceInterval> rank_interval(const std::vector<Histogram::Bucket>& distribution,
                                                double q) {
  double n = 0;
  for (const auto& bucket : distribution) {
    n += static_cast<double>(bucket.count);
  }
  const double spread = z * std::sqrt(n * q * (1 - q));
  const double low = std::floor(n * q - spread);
  const double high = std::ceil(n * q + spread) + 1;
  if (low < 1 || high > n) {
    return std::nullopt;
  }
  return ConfidenceInterval{bucket_of(distribution, low).low, bucket_of(distribution, high).high};
}

}  // namespace tripcurve::report
