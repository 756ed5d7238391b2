// Breakers with timers, and windows that begin when a clock says so, which they did before anybody
// looked.
#include <algorithm>
#include <string>
#include <vector>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {
namespace {

// What is found out in a quarter of an hour by whoever knows the dialect.
Findings found_out(const breaker::Choice& wanted, std::uint64_t seed) {
  const auto rules = breaker::usual_rules(wanted.dialect());
  Simulated subject(wanted, rules, {}, TimePoint{}, Random(seed).fork("probed"));
  return find_out(question({std::string(wanted.dialect().name)}, 15min), subject);
}

}  // namespace

TEST_CASE("the settings of timers and aligned windows are found whenever these began") {
  const auto [breaker, seed] = GENERATE(table<std::string, std::uint64_t>({
      {"haproxy,error-limit=12,on-error=mark-down,inter=1.5s,rise=3", 609},
      {"sentinel,grade=2,count=7,minRequestAmount=9,statIntervalMs=5s,timeWindow=5", 909},
  }));
  CAPTURE(breaker, seed);
  const auto wanted = choice(breaker);
  const auto findings = found_out(wanted, seed);
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, wanted);
  REQUIRE(survivor != nullptr);
  CHECK(survivor->contradictions == 0);
}

TEST_CASE("an interval of which few experiments tell is told as a range that has the true one") {
  const auto wanted = choice(
      "envoy,consecutive_5xx=4,interval=2.5s,base_ejection_time=3s,max_ejection_percent=100,"
      "healthy_panic_threshold=0");
  const auto findings = found_out(wanted, 3);
  CAPTURE(report(findings));
  CHECK_THAT(report(findings), testing::ContainsSubstring("interval: 1.1s to 2.5s"));
  CHECK_THAT(report(findings), testing::ContainsSubstring("base_ejection_time: 2.5s to 3.1s"));
}

TEST_CASE("a neighbour that explains all that was seen does not keep the truth from being found") {
  const auto [breaker, seed] = GENERATE(table<std::string, std::uint64_t>({
      {"haproxy-2.6,on-error=mark-down,inter=800ms", 9},
      {"opossum,timeout=false,errorThresholdPercentage=70,resetTimeout=2s,"
       "rollingCountTimeout=12s,volumeThreshold=8",
       15},
      {"cockatiel,breaker.type=SamplingBreaker,breaker.threshold=0.8,breaker.duration=15s", 18},
      {"cockatiel,breaker.type=SamplingBreaker,breaker.threshold=0.75,breaker.duration=15s,"
       "halfOpenAfter=1s",
       305},
  }));
  CAPTURE(breaker, seed);
  const auto wanted = choice(breaker);
  const auto findings = found_out(wanted, seed);
  CAPTURE(report(findings));
  CHECK(survivor_of(findings, wanted) != nullptr);
}

namespace {

// Calls that fail and succeed in windows of a few seconds, which their parts leave one by one.
Script drawn_script(Random random) {
  Script script;
  for (int i = 0; i < 4; ++i) {
    const auto bad = static_cast<std::uint32_t>(1 + random.next() % 4);
    const auto pause = std::chrono::milliseconds(random.next() % 2500);
    const auto good = static_cast<std::uint32_t>(random.next() % 4);
    script.steps.push_back({.kind = Step::Kind::fail, .count = bad});
    script.steps.push_back({.kind = Step::Kind::pause, .length = pause});
    script.steps.push_back({.kind = Step::Kind::succeed, .count = good});
  }
  script.steps.push_back({.kind = Step::Kind::until, .count = most_failures});
  return script;
}

// What is seen of a breaker whose timers and windows began so long before.
std::vector<Seeing> seen_in(Duration phase, const breaker::Choice& choice) {
  const Recovery recovery{.first = 3s, .every = 100ms, .settled = 12, .patience = 60s};
  const auto rules = breaker::usual_rules(choice.dialect());
  Simulated subject(choice, rules, {}, TimePoint{}, Random(1), 0, phase);
  std::vector<Seeing> seen;
  for (std::uint64_t i = 0; i < 12; ++i) {
    seen.push_back(run(drawn_script(Random(i)), CallEnd(CallEnd::Kind::answer, 503), subject));
    (void)recover(recovery, subject);
  }
  return seen;
}

}  // namespace

TEST_CASE("what is not said to depend on when its timers began does not depend on it") {
  for (const auto& form : forms_of({})) {
    for (const double number : {3, 4, 5, 7, 10}) {
      Point point;
      for (const auto axis : form.axes) {
        point.push_back(is_duration(axis) ? 2 : axis == Axis::ratio ? 40 : number);
      }
      const auto choice = choice_at(form, point);
      if (form.luck != Luck::none || !choice) {
        continue;
      }
      CAPTURE(choice->text());
      for (Duration phase{}; phase < 2s; phase += 317ms) {
        CHECK(seen_in(phase, *choice) == seen_in(Duration{}, *choice));
      }
    }
  }
}

}  // namespace tripcurve::probe
