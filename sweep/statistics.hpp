// What a few runs say of all there could be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  std::size_t runs = 0;  // that it was made of, of strata the fewest; zero: it is known exactly

  [[nodiscard]] double half_width() const { return (high - low) / 2; }
};

// What is known without a run.
[[nodiscard]] inline Estimate exactly(double value) { return {value, value, value, 0}; }

// Fewer runs settle nothing alone: that all of them came to the same may be chance.
inline constexpr std::uint32_t enough_runs = 4;
[[nodiscard]] inline bool may_be_chance(const Estimate& estimate) {
  return estimate.runs > 0 && estimate.runs < enough_runs && estimate.low == estimate.high;
}

// What runs say of something, by stratum, such as a scenario: the runs of a stratum are alike, and
// those of different strata are not. None where a run says nothing.
using Strata = std::vector<std::vector<std::optional<double>>>;

// Of independent runs: the mean of the means of those strata of which anything is said; zero if
// that is none. By Student's t, with the degrees of freedom of Welch and Satterthwaite, as each
// stratum scatters in its own way (Welch, 1947).
[[nodiscard]] Estimate mean_of(const Strata& strata, Confidence confidence = Confidence::usual);

// What `a` is more than `b`, run by run, in the runs that both have. None if one says something
// where the other does not: then their means are not the means of such pairs.
[[nodiscard]] std::optional<Strata> paired_differences(const Strata& a, const Strata& b);

// The value that the share q in (0, 1] of them does not exceed (nearest rank); its interval by the
// ranks that a binomial count leaves open (normal approximation). Infinite values are allowed. Of
// no values it is NaN.
[[nodiscard]] Estimate quantile_of(std::vector<double> values, double q);

}  // namespace tripcurve::sweep
