#include "core/smooth_table.hpp"

#include <cmath>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using tripcurve::testing::Approx;

namespace {

// Runs off to infinity at both ends.
double steep(double u) { return 1 / u + 1 / (1 - u); }
SmoothTable::Place place(double u) { return {steep(u), 1 / ((1 - u) * (1 - u)) - 1 / (u * u)}; }

}  // namespace

TEST_CASE("a table gives what its function does, between the places it knows, too") {
  const SmoothTable table(SmoothTable::End::left_out, SmoothTable::End::left_out, place);
  for (double u = 0.0157; u < 0.984; u += 0.000'037) {
    REQUIRE(table.covers(u));
    REQUIRE(table.at(u) == Approx(steep(u)).epsilon(1e-7));
  }
}

TEST_CASE("a table says which ends it leaves out, and gives the function's value at the border") {
  const double border = 1.0 / 64;
  const SmoothTable both(SmoothTable::End::left_out, SmoothTable::End::left_out, place);
  CHECK_FALSE(both.covers(0));
  CHECK_FALSE(both.covers(std::nextafter(border, 0)));
  CHECK(both.covers(border));
  CHECK(both.at(border) == steep(border));
  CHECK(both.covers(std::nextafter(1 - border, 0)));
  CHECK(both.at(std::nextafter(1 - border, 0)) == Approx(steep(1 - border)).epsilon(1e-12));
  CHECK_FALSE(both.covers(1 - border));
  CHECK_FALSE(both.covers(std::nextafter(1.0, 0)));

  const SmoothTable low(SmoothTable::End::covered, SmoothTable::End::left_out,
                        [](double u) { return SmoothTable::Place{u * u, 2 * u}; });
  CHECK(low.covers(0));
  CHECK(low.at(0) == 0);
  CHECK_FALSE(low.covers(1 - border));
}
