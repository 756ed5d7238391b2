#include "sweep/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <utility>

namespace tripcurve::sweep {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double normal_quantile = 1.959964;

// What a value of Student's t lies below with that confidence on both sides.
double students_t(double degrees, Confidence confidence) {
  const double probability = confidence == Confidence::strict ? 0.995 : 0.975;
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

struct Spread {
  double runs = 0;
  double mean = 0;
  double variance = 0;  // of the mean; zero of a single run
};

Spread spread_of(const std::vector<std::optional<double>>& values) {
  Spread spread;
  for (const auto& value : values) {
    spread.runs += value ? 1 : 0;
    spread.mean += value.value_or(0);
  }
  spread.mean /= std::max(spread.runs, 1.0);
  double squares = 0;
  for (const auto& value : values) {
    const double off = value ? *value - spread.mean : 0;
    squares += off * off;
  }
  spread.variance = spread.runs > 1 ? squares / (spread.runs - 1) / spread.runs : 0;
  return spread;
}

// Of the sum of their variances, which is that: few if most of it comes from one stratum of few
// runs.
double degrees_of_freedom(const std::vector<Spread>& strata, double variance) {
  double uncertainty = 0;
  for (const auto& one : strata) {
    const double share = one.variance / variance;
    uncertainty += share * share / (one.runs - 1);
  }
  return 1 / uncertainty;
}

}  // namespace

Estimate mean_of(const Strata& strata, Confidence confidence) {
  std::vector<Spread> told;
  for (const auto& stratum : strata) {
    const auto spread = spread_of(stratum);
    if (spread.runs > 0) {
      told.push_back(spread);
    }
  }
  if (told.empty()) {
    return exactly(0);
  }
  const auto count = static_cast<double>(told.size());
  double sum = 0;
  double variance = 0;
  for (const auto& one : told) {
    sum += one.mean;
    variance += one.variance;
  }
  const double mean = sum / count;
  const double runs = std::ranges::min_element(told, {}, &Spread::runs)->runs;
  double half = variance == 0 ? 0 : infinite;
  if (runs < 2) {
    half = infinite;
  } else if (variance > 0 && variance < infinite) {
    half = students_t(degrees_of_freedom(told, variance), confidence) * std::sqrt(variance) / count;
  }
  return {mean, mean - half, mean + half, static_cast<std::size_t>(runs)};
}

std::optional<Strata> paired_differences(const Strata& a, const Strata& b) {
  Strata differences;
  for (std::size_t s = 0; s < std::min(a.size(), b.size()); ++s) {
    auto& stratum = differences.emplace_back();
    for (std::size_t run = 0; run < std::min(a[s].size(), b[s].size()); ++run) {
      const auto& one = a[s][run];
      const auto& other = b[s][run];
      if (one.has_value() != other.has_value()) {
        return std::nullopt;
      }
      stratum.push_back(one ? std::optional(*one - *other) : std::nullopt);
    }
  }
  return differences;
}

Estimate quantile_of(std::vector<double> values, double q) {
  if (values.empty()) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    return {unknown, -infinite, infinite, 0};
  }
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  const auto at_rank = [&](double rank) {
    return rank < 1 ? -infinite : rank > n ? infinite : values[static_cast<std::size_t>(rank) - 1];
  };
  const double spread = normal_quantile * std::sqrt(n * q * (1 - q));
  return {at_rank(std::max(1.0, std::ceil(q * n - 1e-9))), at_rank(std::floor(q * n - spread)),
          at_rank(std::ceil(q * n + spread) + 1), values.size()};
}

}  // namespace tripcurve::sweep
