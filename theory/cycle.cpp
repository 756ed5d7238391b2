#include "theory/cycle.hpp"

#include <cmath>

namespace tripcurve::theory {

Cycle long_run(double calls_until_trip, double calls_per_second, double failures, double open_s,
               std::uint64_t trials_needed) {
  const double good = 1 - failures;
  const double openings = 1 / std::pow(good, static_cast<double>(trials_needed));
  // The trials of each opening: the i-th is made if all before it were good.
  double trials = 0;
  for (std::uint64_t i = 0; i < trials_needed; ++i) {
    trials += std::pow(good, static_cast<double>(i));
  }
  return {.closed_s = calls_until_trip / calls_per_second,
          .open_s = openings * open_s,
          .half_open_s = openings * trials / calls_per_second};
}

}  // namespace tripcurve::theory
