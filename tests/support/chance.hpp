// Whether a count is what chance allows.
#pragma once

#include <cmath>
#include <cstdint>

namespace tripcurve::testing {

// `hits` of `n` independent draws of chance `p` are inside the 99.9 % interval (3.29 standard
// deviations). Seeds in tests are fixed, so a test that passes once always passes.
[[nodiscard]] inline bool plausible(std::uint64_t hits, std::uint64_t n, double p) {
  const auto draws = static_cast<double>(n);
  return std::abs(static_cast<double>(hits) - draws * p) <= 3.29 * std::sqrt(draws * p * (1 - p));
}

}  // namespace tripcurve::testing
