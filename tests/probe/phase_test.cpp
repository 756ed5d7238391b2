// Breakers with timers, and windows that begin when a clock says so, which they did before anybody
// looked.
#include <algorithm>
#include <string>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {

TEST_CASE("the settings of timers and aligned windows are found whenever these began") {
  const auto [breaker, seed] = GENERATE(table<std::string, std::uint64_t>({
      {"haproxy,error-limit=12,on-error=mark-down,inter=1.5s,rise=3", 609},
      {"envoy,consecutive_5xx=4,interval=2.5s,base_ejection_time=3s,max_ejection_percent=100,"
       "healthy_panic_threshold=0",
       3},
      {"sentinel,grade=2,count=7,minRequestAmount=9,statIntervalMs=5s,timeWindow=5", 909},
  }));
  CAPTURE(breaker, seed);
  const auto wanted = choice(breaker);
  const auto rules = breaker::usual_rules(wanted.dialect());
  Simulated subject(wanted, rules, {}, TimePoint{}, Random(seed).fork("probed"));
  const auto findings = find_out(question({std::string(wanted.dialect().name)}, 15min), subject);
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, wanted);
  REQUIRE(survivor != nullptr);
  CHECK(survivor->contradictions == 0);
}

}  // namespace tripcurve::probe
