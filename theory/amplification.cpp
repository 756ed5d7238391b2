#include "theory/amplification.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::theory {

double amplification(double failures, double attempts, double layers) {
  const double all = std::pow(attempts, layers);
  return failures >= 1 ? all : (1 - std::pow(failures, all)) / (1 - failures);
}

double success(double failures, double attempts, double layers) {
  return 1 - std::pow(failures, std::pow(attempts, layers));
}

double amplification_by_budget(double ratio, double layers) { return std::pow(1 + ratio, layers); }

double success_by_bucket(double failures, double ratio) { return (1 - failures) * (1 + ratio); }

double throttled(double rate, double capacity, double k) { return std::min(rate, k * capacity); }

double waiting(double first, double multiplier, double failures, std::uint64_t attempts) {
  double sum = 0;
  double grown = 1;
  for (std::uint64_t wait = 1; wait < attempts; ++wait) {
    sum += grown;
    grown *= failures * multiplier;
  }
  return first * failures * sum;
}

}  // namespace tripcurve::theory
