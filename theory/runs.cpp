#include "theory/runs.hpp"

#include <cmath>
#include <vector>

namespace tripcurve::theory {

double calls_until_row(std::uint64_t n, double share, double stickiness) {
  const double fails_after_success = failure_after_success(share, stickiness);
  const double rest = static_cast<double>(n) - 1;  // of the row, after its first
  const double whole_row = std::pow(stickiness, rest);
  // Mean calls from the first failure on, until the row is broken or whole.
  const double in_row = -std::expm1(rest * std::log(stickiness)) / (1 - stickiness);
  return (1 + fails_after_success * in_row) / (fails_after_success * whole_row);
}

double deviation_until_row(std::uint64_t n, double share) {
  const double q = 1 - share;
  const auto length = static_cast<double>(n);
  const double row = std::pow(share, length);
  return std::sqrt(1 - (2 * length + 1) * q * row - row * row * share) / (q * row);
}

// A row ends for the first time with call i if the n before were not preceded by another: with a
// success before it, and no row before that.
double chance_of_no_row(std::uint64_t n, double share, std::uint64_t calls) {
  const double row = std::pow(share, static_cast<double>(n));
  std::vector<double> none(calls + 1, 1);  // by calls so far
  for (std::uint64_t i = n; i <= calls; ++i) {
    none[i] = none[i - 1] - (i == n ? row : (1 - share) * row * none[i - n - 1]);
  }
  return none[calls];
}

}  // namespace tripcurve::theory
