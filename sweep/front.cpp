#include "sweep/front.hpp"

#include <algorithm>
#include <limits>

namespace tripcurve::sweep {
namespace {

bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (std::size_t side = 0; side < a.size(); ++side) {
    if (a[side] > b[side]) {
      return false;
    }
    better = better || a[side] < b[side];
  }
  return better;
}

// From the best (0) to the worst (1) of the front.
struct Scale {
  double best = std::numeric_limits<double>::infinity();
  double worst = -std::numeric_limits<double>::infinity();

  [[nodiscard]] double of(double value) const {
    return worst > best ? (value - best) / (worst - best) : 0;
  }
};

}  // namespace

std::vector<bool> front_of(const std::vector<std::vector<double>>& values) {
  std::vector<bool> front;
  for (const auto& one : values) {
    front.push_back(std::ranges::none_of(
        values, [&](const std::vector<double>& other) { return dominates(other, one); }));
  }
  return front;
}

std::optional<std::size_t> knee_of(const std::vector<std::vector<double>>& values,
                                   const std::vector<bool>& front) {
  std::vector<Scale> scales(values.empty() ? 0 : values.front().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t side = 0; front[i] && side < scales.size(); ++side) {
      scales[side].best = std::min(scales[side].best, values[i][side]);
      scales[side].worst = std::max(scales[side].worst, values[i][side]);
    }
  }
  std::optional<std::size_t> knee;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < values.size(); ++i) {
    double distance = 0;
    for (std::size_t side = 0; side < scales.size(); ++side) {
      const double far = scales[side].of(values[i][side]);
      distance += far * far;
    }
    if (front[i] && distance < nearest) {
      nearest = distance;
      knee = i;
    }
  }
  return knee;
}

}  // namespace tripcurve::sweep
