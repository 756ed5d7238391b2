// Settings that only explain what is seen when several of them are right at the same time.
#include <string>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {

TEST_CASE("settings that only act together are found together") {
  const std::string breaker = GENERATE(
      "resilience4j,slidingWindowSize=16,minimumNumberOfCalls=8,failureRateThreshold=40,"
      "waitDurationInOpenState=3s,permittedNumberOfCallsInHalfOpenState=4",
      "resilience4j,slidingWindowSize=22,minimumNumberOfCalls=5,failureRateThreshold=55,"
      "waitDurationInOpenState=2.5s");
  CAPTURE(breaker);
  Probed probed(breaker);
  const auto findings =
      probed.find_out(question({std::string(choice(breaker).dialect().name)}, 5min));
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, choice(breaker));
  REQUIRE(survivor != nullptr);
  CHECK(survivor->contradictions == 0);
}

TEST_CASE("settings that are not certain are told with all values that they may have") {
  Probed probed("smallrye,requestVolumeThreshold=4,delay=2s");
  const auto findings = probed.find_out(question({"smallrye"}, 20min));
  CAPTURE(report(findings));
  REQUIRE(findings.survivors.size() == 1);
  CHECK_THAT(report(findings),
             testing::ContainsSubstring("not certain: failureRatio: 0.26 to 0.5"));
}

}  // namespace tripcurve::probe
