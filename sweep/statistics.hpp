// What a few runs say of all there could be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tripcurve::sweep {

enum class Confidence : std::uint8_t {
  usual,   // 95 %
  strict,  // 99 %: where many are compared with one
};

// A number, and the interval that holds the true one, with the usual confidence unless something
// else is said. Both ends are infinite where there are too few runs to tell.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  std::size_t runs = 0;  // that it was made of; zero: it is known exactly

  [[nodiscard]] double half_width() const { return (high - low) / 2; }
};

// What is known without a run.
[[nodiscard]] inline Estimate exactly(double value) { return {value, value, value, 0}; }

// Of independent runs, by Student's t.
[[nodiscard]] Estimate mean_of(const std::vector<double>& values,
                               Confidence confidence = Confidence::usual);

// The value that the share q in (0, 1] of them does not exceed (nearest rank); its interval by the
// ranks that a binomial count leaves open (normal approximation). Infinite values are allowed. Of
// no values it is NaN.
[[nodiscard]] Estimate quantile_of(std::vector<double> values, double q);

}  // namespace tripcurve::sweep
