#include "sweep/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace tripcurve::sweep {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double normal_quantile = 1.959964;

// By degrees of freedom, up to where it hardly differs from the normal distribution: what a value
// lies below with that probability.
std::vector<double> students_t_table(double probability) {
  std::vector<double> table{infinite};
  for (int degrees = 1; degrees <= 1000; ++degrees) {
    table.push_back(boost::math::quantile(boost::math::students_t(degrees), probability));
  }
  return table;
}

double students_t(std::size_t degrees, Confidence confidence) {
  static const auto usual = students_t_table(0.975);
  static const auto strict = students_t_table(0.995);
  const auto& table = confidence == Confidence::strict ? strict : usual;
  return table[std::min(degrees, table.size() - 1)];
}

}  // namespace

Estimate mean_of(const std::vector<double>& values, Confidence confidence) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const auto value : values) {
    sum += value;
  }
  const double mean = sum / n;
  if (values.size() < 2) {
    return {mean, -infinite, infinite, values.size()};
  }
  double squares = 0;
  for (const auto value : values) {
    squares += (value - mean) * (value - mean);
  }
  const double half =
      squares == 0 ? 0
                   : students_t(values.size() - 1, confidence) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half, values.size()};
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
