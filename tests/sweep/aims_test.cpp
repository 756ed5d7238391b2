#include "sweep/aims.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using sweep::Aims;
using sweep::AimTexts;

namespace {

Aims aims_of(const AimTexts& texts) {
  auto aims = sweep::parse_aims(texts, {"down", "slow"});
  INFO((aims ? "" : aims.error().message));
  REQUIRE(aims.ok());
  return *std::move(aims);
}

Error wrong(const AimTexts& texts) {
  const auto aims = sweep::parse_aims(texts, {"down", "slow"});
  REQUIRE_FALSE(aims.ok());
  return aims.error();
}

AimTexts limit(const std::string& text) { return {.subject_to = {text}}; }

}  // namespace

TEST_CASE("without words the fewest wasted calls are wanted, within the usual limits") {
  const auto aims = aims_of({});
  CHECK(aims.of(aims.goal.quantity).name == "wasted_calls");
  CHECK_FALSE(aims.goal.maximize);
  REQUIRE(aims.constraints.size() == 2);
  CHECK(aims.constraints[0].text == "false_trips_per_month <= 1");
  CHECK(aims.constraints[1].text == "p95 time_to_close <= 30s");
  CHECK(aims.constraints[1].bound == 30'000);
  CHECK(aims.constraints[1].quantity.quantile == 0.95);
}

TEST_CASE("a limit names a percentile, a metric, a scenario and a bound with its unit") {
  const auto aims = aims_of(limit(" p99.9   time_to_open in slow<2s "));
  CHECK(aims.constraints[0].text == "p99.9 time_to_open in slow < 2s");
  CHECK(aims.constraints[0].quantity.scenario == 1);
  CHECK(aims.constraints[0].quantity.quantile == Approx(0.999));
  CHECK(aims_of(limit("max time_to_open <= 2s in down")).constraints[0].quantity.scenario == 0);
  CHECK(aims_of(limit("false_trips_per_month < 0.5")).constraints[0].bound == 0.5);
  const auto shares = aims_of({.maximize = "availability", .subject_to = {"p99 <= 200ms"}});
  CHECK(shares.goal.maximize);
  CHECK(shares.of(shares.goal.quantity).name == "availability");
  CHECK(shares.of(shares.constraints[0].quantity).name == "p99");
  CHECK_FALSE(shares.constraints[0].quantity.quantile);
}

TEST_CASE("metrics of the sides and others are measured once each") {
  const auto aims =
      aims_of({.minimize = "opens",
               .subject_to = {"opens <= 4", "mean wasted_calls < 3", "p95 opens < 9"}});
  CHECK(aims.measures.size() == sweep::side_count + 1);
}

TEST_CASE("what cannot be measured or compared is refused with what was meant") {
  CHECK_THAT(wrong({.minimize = "wasted_cals"}).message, StartsWith("--minimize: "));
  CHECK_THAT(wrong({.minimize = "wasted_cals"}).hint, ContainsSubstring("wasted_calls"));
  CHECK_THAT(wrong({.minimize = "opens", .maximize = "opens"}).message,
             ContainsSubstring("--minimize and --maximize"));
  CHECK_THAT(wrong(limit("time_to_open")).message, ContainsSubstring("compares with nothing"));
  CHECK_THAT(wrong(limit("time_to_open == 3s")).message,
             ContainsSubstring("compares with nothing"));
  CHECK_THAT(wrong(limit("time_to_open <= 3")).message, StartsWith("--subject-to: "));
  CHECK_THAT(wrong(limit("wasted_calls <= many")).message, ContainsSubstring("'many'"));
  CHECK_THAT(wrong(limit("opens <= 3 in dwn")).hint, ContainsSubstring("down"));
  CHECK_THAT(wrong(limit("p95x time_to_open <= 3s")).message, ContainsSubstring("'p95x'"));
  CHECK_THAT(wrong(limit("p100 time_to_open <= 3s")).message, ContainsSubstring("'p100'"));
  CHECK_THAT(wrong(limit("transitions <= 3")).message, ContainsSubstring("cannot measure"));
  CHECK_THAT(wrong(limit("<= 3")).message, ContainsSubstring("a metric is missing"));
}

TEST_CASE("a violation is what a value misses its bound by") {
  const auto at_most = aims_of(limit("wasted_calls <= 10")).constraints[0];
  CHECK(sweep::violation(at_most, 10) == 0);
  CHECK(sweep::violation(at_most, 15) == Approx(0.5));
  const auto less = aims_of(limit("wasted_calls < 10")).constraints[0];
  CHECK(sweep::violation(less, 10) > 0);
  const auto at_least = aims_of(limit("availability >= 90%")).constraints[0];
  CHECK(sweep::violation(at_least, 0.9) == 0);
  CHECK(sweep::violation(at_least, 0.45) == Approx(0.5));
}
