// The ICSA 2020 paper: fewer plays here than in scripts/validate, so held to four standard errors
// as well as to the tolerance.
#include <cmath>

#include "tests/support/catch.hpp"
#include "validate/icsa2020.hpp"
#include "validate/published.hpp"

using namespace tripcurve;
using namespace tripcurve::validate;

namespace {

// Standard errors, of these plays and of the reference's 40,000, from the reference.
double off(double mean, double error, double reference, std::uint32_t plays) {
  return std::abs(mean - reference) / (error * std::sqrt(1 + plays / 40'000.0));
}

}  // namespace

TEST_CASE("one client of a failing server takes as long as the ICSA 2020 paper says") {
  constexpr std::uint32_t plays = 300;
  for (const auto& row : icsa_published) {
    for (std::size_t i = 0; i < icsa_availabilities.size(); ++i) {
      INFO(name(row.model.pattern) << " " << row.model.value << " at " << icsa_availabilities[i]);
      const auto found = mean_of_plays(row.model, icsa_availabilities[i], plays, 1);
      CHECK(off(found.mean.total, found.error.total, row.total[i], plays) < 4);
      CHECK(off(found.mean.contention, found.error.contention, row.contention[i], plays) < 4);
      CHECK(std::abs(found.mean.total - row.paper_total[i]) <
            .015 * row.paper_total[i] + 4 * found.error.total);
      CHECK(std::abs(found.mean.contention - row.paper_contention[i]) <
            .015 * row.paper_contention[i] + 4 * found.error.contention);
    }
  }
}

// A call times out with a chance of (1 + 10/5/100)^-100.
TEST_CASE("a client of a server that never fails takes as long as the closed form says") {
  const double times_out = std::pow(1.02, -100);
  const auto found = mean_of_plays({Pattern::simple, "CTO", 2}, 1, 4000, 1);
  CHECK(std::abs(found.mean.total - 100 * (1 / (1 - times_out) + 5)) < 4 * found.error.total);
  CHECK(std::abs(found.mean.contention - 500) < 4 * found.error.contention);
}

TEST_CASE("a play depends on its seed and on nothing else") {
  const IcsaModel model{Pattern::dynamic_breaker, "CBTO", 40};
  CHECK(play(model, .5, Random(1)).total == play(model, .5, Random(1)).total);
  CHECK(play(model, .5, Random(1)).total != play(model, .5, Random(2)).total);
}

TEST_CASE("all models of the paper are played") { CHECK(icsa_models().size() == 13); }
