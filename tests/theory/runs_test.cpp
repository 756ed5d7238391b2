// Published and simulated values that the theory of runs must give.
#include "theory/runs.hpp"

#include <cmath>

#include "tests/support/catch.hpp"

using namespace tripcurve::theory;
using tripcurve::testing::Approx;

TEST_CASE("a row of failures comes as often as the closed form of a run says") {
  struct Row {
    double share;
    std::uint64_t n;
    double calls;
    double deviation;
  };
  for (const auto& [share, n, calls, deviation] :
       {Row{.5, 3, 14, 11.916}, Row{.5, 5, 62, 58.224}, Row{.3, 5, 586.461, 582.363},
        Row{.2, 5, 3905, 3900.75}, Row{.1, 3, 1110, 1107.61}}) {
    INFO(share << " " << n);
    CHECK(calls_until_row(n, share, share) == Approx(calls).epsilon(1e-5));
    CHECK(deviation_until_row(n, share) == Approx(deviation).epsilon(1e-4));
  }
  CHECK(calls_until_row(5, .1, .1) == Approx(111110));
  CHECK(calls_until_row(5, .05, .05) == Approx(3.36842e6).epsilon(1e-5));
}

TEST_CASE("bursts bring a row of failures much sooner") {
  CHECK(calls_until_row(5, .01, .01) == Approx(1.0101e10).epsilon(1e-4));
  CHECK(calls_until_row(5, .01, .3) == Approx(17635.3).epsilon(1e-5));
  CHECK(calls_until_row(5, .01, .5) == Approx(3198).epsilon(1e-4));
  CHECK(calls_until_row(5, .01, .8) == Approx(1215.7).epsilon(1e-4));
  CHECK(calls_until_row(5, .05, .5) == Approx(638).epsilon(1e-3));
}

// 5 calls of which 3 in a row fail: 3 + 2 + 2 + 1 of 32 outcomes, with p = 1/2.
TEST_CASE("an outage is missed with the chance that no row comes") {
  CHECK(chance_of_no_row(3, .5, 2) == 1);
  CHECK(chance_of_no_row(3, .5, 3) == Approx(7.0 / 8));
  CHECK(chance_of_no_row(3, .5, 5) == Approx(24.0 / 32));
  // The approximation of rare rows.
  CHECK(chance_of_no_row(5, .1, 10000) == Approx(std::exp(-.9 * 1e-5 * 9996)).epsilon(1e-3));
}
