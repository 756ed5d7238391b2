#include "sweep/statistics.hpp"

#include <cmath>
#include <limits>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("a mean has the interval of Student's t") {
  const auto mean = sweep::mean_of({1, 2, 3, 4});
  CHECK(mean.value == 2.5);
  // t(3, 97.5 %) = 3.18245, and the standard error is sqrt(5/3/4).
  CHECK(mean.half_width() == Approx(3.18245 * std::sqrt(5.0 / 12)).epsilon(1e-5));
  CHECK(mean.runs == 4);
  // t(3, 99.5 %) = 5.84091
  CHECK(sweep::mean_of({1, 2, 3, 4}, sweep::Confidence::strict).half_width() ==
        Approx(5.84091 * std::sqrt(5.0 / 12)).epsilon(1e-5));
}

TEST_CASE("of one run nothing is known of the others, and of equal ones nothing is left open") {
  CHECK(std::isinf(sweep::mean_of({3}).high));
  CHECK(sweep::mean_of({3, 3, 3}).half_width() == 0);
}

TEST_CASE("a quantile is the value of its rank, and what never came is infinite") {
  constexpr double never = std::numeric_limits<double>::infinity();
  CHECK(sweep::quantile_of({5, 1, 3, 2, 4}, 0.5).value == 3);
  CHECK(sweep::quantile_of({5, 1, 3, 2, 4}, 1).value == 5);
  CHECK(std::isinf(sweep::quantile_of({1, 2, never}, 0.95).value));
  CHECK(sweep::quantile_of({1, 2, never}, 0.5).value == 2);
  CHECK(std::isnan(sweep::quantile_of({}, 0.5).value));
}

TEST_CASE("the interval of a quantile holds it and gets narrower with more runs") {
  std::vector<double> values;
  for (int i = 1; i <= 1000; ++i) {
    values.push_back(i);
  }
  const auto median = sweep::quantile_of(values, 0.5);
  CHECK(median.value == 500);
  CHECK(median.low == Approx(469).margin(1));
  CHECK(median.high == Approx(532).margin(1));
}
