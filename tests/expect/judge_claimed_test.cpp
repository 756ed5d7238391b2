// Expectations about what a service says itself of its breaker.
#include "tests/expect/judging.hpp"

namespace tripcurve::expect::testing {
namespace {

using breaker::State;
using through::Claimed;

Judged claims_judged(const std::vector<Claimed>& claimed, const std::string& text) {
  auto summary = report::testing::summarize(story());
  summary.through.emplace();
  summary.through->claimed = claimed;
  return judge(std::vector{*parse_expectation(text)}, summary).front();
}

Claimed late_by(Duration least, std::optional<Duration> most) {
  return {
      .source = "gauge",
      .readings = 100,
      .lags = {{.to = State::open, .when = {at(5s), at(5100ms)}, .least = 0ms, .most = 50ms},
               {.to = State::closed, .when = {at(7s), at(7100ms)}, .least = least, .most = most}}};
}

TEST_CASE("how late a service says what its breaker does decides only outside of its bounds") {
  const std::vector late{late_by(800ms, 900ms)};
  CHECK(claims_judged(late, "claimed_state_lag < 1s").result == Result::pass);
  CHECK(claims_judged(late, "claimed_state_lag < 850ms").result == Result::inconclusive);
  CHECK(claims_judged(late, "claimed_state_lag < 800ms").result == Result::fail);
  CHECK(claims_judged(late, "claimed_state_lag < 1s").observed == "800ms..900ms");
  CHECK(claims_judged(late, "claimed_state_lag < 1s").samples == 2);
}

TEST_CASE("a state that a service never says fails a bound that is shorter than it lasted") {
  const std::vector never_said{late_by(3s, std::nullopt)};
  const auto judged = claims_judged(never_said, "claimed_state_lag < 1s");
  CHECK(judged.result == Result::fail);
  CHECK(judged.observed == "never");
  CHECK_THAT(judged.reason, tripcurve::testing::ContainsSubstring("never said so"));
  CHECK(claims_judged(never_said, "claimed_state_lag < 5s").result == Result::inconclusive);
}

TEST_CASE("the time for which a service is wrong fails only where it is certain") {
  Claimed wrong{.source = "gauge", .readings = 100};
  wrong.wrong_times = {{at(6s), at(8s), true}, {at(5900ms), at(8100ms), false}};
  const std::vector all{wrong};
  CHECK(claims_judged(all, "claimed_state_wrong < 3s").result == Result::pass);
  CHECK(claims_judged(all, "claimed_state_wrong < 2.1s").result == Result::inconclusive);
  CHECK(claims_judged(all, "claimed_state_wrong < 1s").result == Result::fail);
  CHECK(claims_judged(all, "claimed_state_wrong < 1% of duration").result == Result::fail);
  wrong.wrong_times = {{at(6s), at(6001ms), false}};
  CHECK(claims_judged({wrong}, "claimed_state_wrong == 0ms").result == Result::inconclusive);
  wrong.wrong_times.clear();
  CHECK(claims_judged({wrong}, "claimed_state_wrong == 0ms").result == Result::pass);
}

TEST_CASE("of several sources the worst one decides, and is named") {
  auto other = late_by(2s, 3s);
  other.source = "actuator";
  const auto judged = claims_judged({late_by(0ms, 50ms), other}, "claimed_state_lag < 1s");
  CHECK(judged.result == Result::fail);
  CHECK_THAT(judged.reason, tripcurve::testing::ContainsSubstring("actuator"));
}

TEST_CASE("a service that says nothing of its breaker passes nothing") {
  const Claimed silent{.source = "gauge", .missing = 9, .why_missing = "there is no metric x"};
  for (const auto* text : {"claimed_state_lag < 1h", "claimed_state_wrong < 1h"}) {
    const auto judged = claims_judged({silent}, text);
    CHECK(judged.result == Result::inconclusive);
    CHECK_THAT(judged.reason, tripcurve::testing::ContainsSubstring("there is no metric x"));
    CHECK_THAT(claims_judged({}, text).reason, tripcurve::testing::ContainsSubstring("--states"));
  }
}

}  // namespace
}  // namespace tripcurve::expect::testing
