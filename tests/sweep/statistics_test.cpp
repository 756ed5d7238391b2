#include "sweep/statistics.hpp"

#include <cmath>
#include <limits>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("a mean has the interval of Student's t") {
  const auto mean = sweep::mean_of({{1, 2, 3, 4}});
  CHECK(mean.value == 2.5);
  // t(3, 97.5 %) = 3.18245, and the standard error is sqrt(5/3/4).
  CHECK(mean.half_width() == Approx(3.18245 * std::sqrt(5.0 / 12)).epsilon(1e-5));
  CHECK(mean.runs == 4);
  // t(3, 99.5 %) = 5.84091
  CHECK(sweep::mean_of({{1, 2, 3, 4}}, sweep::Confidence::strict).half_width() ==
        Approx(5.84091 * std::sqrt(5.0 / 12)).epsilon(1e-5));
}

TEST_CASE("of one run nothing is known of the others, and of equal ones nothing is left open") {
  CHECK(std::isinf(sweep::mean_of({{3}}).high));
  CHECK(std::isinf(sweep::mean_of({{1, 2, 3}, {3}}).high));
  CHECK(sweep::mean_of({{3, 3, 3}}).half_width() == 0);
}

TEST_CASE("that few runs are equal may be chance, but not what is known without any") {
  CHECK(sweep::may_be_chance(sweep::mean_of({{1, 1}, {2, 2}})));
  CHECK_FALSE(sweep::may_be_chance(sweep::mean_of({{1, 1}, {2, 3}})));
  CHECK_FALSE(sweep::may_be_chance(sweep::mean_of({{1, 1, 1, 1}})));
  CHECK_FALSE(sweep::may_be_chance(sweep::exactly(1)));
}

TEST_CASE("a mean over strata counts each alike, and those of which nothing is said not at all") {
  CHECK(sweep::mean_of({{1, 3}, {10, 10, 10}, {}, {std::nullopt, std::nullopt}}).value == 6);
  CHECK(sweep::mean_of({{1, std::nullopt, 3}}).value == 2);
  CHECK(sweep::mean_of({{}, {std::nullopt}}).value == 0);
  CHECK(sweep::mean_of({{1, 3}, {10, 10, 10}}).runs == 2);
}

TEST_CASE("strata that scatter alike add up their degrees of freedom, a single one does not") {
  // The variance of each mean is 1, so the standard error is sqrt(6)/6; t(6, 97.5 %) = 2.44691.
  const sweep::Strata alike{{0, 2}, {0, 2}, {0, 2}, {0, 2}, {0, 2}, {0, 2}};
  CHECK(sweep::mean_of(alike).half_width() == Approx(2.44691 / std::sqrt(6)).epsilon(1e-5));
  // t(1, 97.5 %) = 12.7062, and the standard error is 1/6.
  const sweep::Strata one{{0, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  CHECK(sweep::mean_of(one).half_width() == Approx(12.7062 / 6).epsilon(1e-5));
}

TEST_CASE("an interval of few runs in strata of any scatter holds the mean as often as it says") {
  for (const auto& scatter : {std::vector<double>{1, 1, 1, 1, 1, 1},
                              {5, 4, 3, 2, 1, 0.5},
                              {10, 1, 1, 1, 1, 1},
                              {1, 1, 0, 0, 0, 0}}) {
    int missed = 0;
    constexpr int trials = 4000;
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
      auto random = Random(3).fork(trial);
      sweep::Strata strata;
      for (const auto width : scatter) {
        auto& stratum = strata.emplace_back();
        for (int run = 0; run < 2; ++run) {
          double sum = 0;  // nearly normal
          for (int i = 0; i < 12; ++i) {
            sum += random.unit() - 0.5;
          }
          stratum.push_back(width * sum);
        }
      }
      const auto mean = sweep::mean_of(strata, sweep::Confidence::strict);
      missed += mean.low > 0 || mean.high < 0 ? 1 : 0;
    }
    INFO(scatter.front() << ", " << scatter.back() << ": " << missed << " of " << trials);
    CHECK(missed <= trials * 4 / 100);
  }
}

TEST_CASE("runs are compared in pairs, and not at all if only one of a pair says something") {
  const auto pairs = sweep::paired_differences({{5, 7, 9}, {1}, {}}, {{4, 4}, {3, 8}, {}});
  REQUIRE(pairs);
  CHECK(*pairs == sweep::Strata{{1, 3}, {-2}, {}});
  CHECK(sweep::paired_differences({{5, std::nullopt}}, {{4, std::nullopt}}) ==
        sweep::Strata{{1, std::nullopt}});
  CHECK_FALSE(sweep::paired_differences({{5, std::nullopt}}, {{4, 4}}));
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
