#include "sweep/candidates.hpp"

#include "document/read.hpp"
#include "tests/support/catch.hpp"
#include "tests/sweep/plans.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

std::vector<sweep::Candidate> made(const std::vector<std::string>& over,
                                   experiment::Experiment base = base_of("classic")) {
  auto candidates = sweep::candidates_of(space_of(over), std::move(base));
  INFO((candidates ? "" : candidates.error().message));
  REQUIRE(candidates.ok());
  return candidates->possible;
}

Error mistake(const std::vector<std::string>& over,
              experiment::Experiment base = base_of("classic")) {
  auto candidates = sweep::candidates_of(space_of(over), std::move(base));
  REQUIRE_FALSE(candidates.ok());
  return candidates.error();
}

}  // namespace

TEST_CASE("each point is the experiment with that key set") {
  const auto all = made({"client.breaker.Timeout=2s,10s", "load.timeout=300ms"});
  REQUIRE(all.size() == 2);
  CHECK(all[0].experiment.breaker.text() == "classic,Timeout=2s");
  CHECK(all[1].experiment.breaker.text() == "classic,Timeout=10s");
  CHECK(all[1].experiment.timeout == 300ms);
  CHECK(all[1].experiment.seed == base_of("classic").seed);
}

TEST_CASE("a setting is set by either of its names, in place of what was given") {
  const auto base = base_of("classic,failures=5,timeout=3s");
  CHECK(made({"client.breaker.failures=7"}, base)[0].experiment.breaker.text() ==
        "classic,FailureThreshold=7,Timeout=3s");
  CHECK(made({"client.breaker.FailureThreshold=7"}, base)[0].experiment.breaker.text() ==
        "classic,FailureThreshold=7,Timeout=3s");
}

TEST_CASE("a setting with dots in its name is one key") {
  CHECK(made({"client.breaker.circuitBreaker.requestVolumeThreshold=7"}, base_of("hystrix"))[0]
            .experiment.breaker.text() == "hystrix-1.5.18,circuitBreaker.requestVolumeThreshold=7");
}

TEST_CASE("the whole breaker, the upstream and policies by name are keys, too") {
  CHECK(made({"client.breaker=gobreaker,polly"})[1].experiment.breaker.text() == "polly");
  CHECK(made({"upstream.errors=2%"})[0].experiment.upstream.normal.errors.total() == Approx(0.02));
  auto base = base_of("classic");
  base.policies = {*client::parse_policy_choice("retry,attempts=2"),
                   *client::parse_policy_choice("breaker")};
  CHECK(made({"client.policies.retry.attempts=4"}, base)[0].experiment.policies[0].text() ==
        "retry,attempts=4");
  CHECK(made({"client.policies[0].attempts=5"}, base)[0].experiment.policies[0].text() ==
        "retry,attempts=5");
}

TEST_CASE("a wrong key or value is told with its --over and the reader's own words") {
  const auto key = mistake({"client.breaker.failurs=3,5"});
  CHECK_THAT(key.message, StartsWith("--over client.breaker.failurs=3: "));
  CHECK_THAT(key.message + key.hint, ContainsSubstring("failures"));
  const auto value = mistake({"client.breaker.Timeout=1s,soon"});
  CHECK_THAT(value.message, StartsWith("--over client.breaker.Timeout=soon: "));
  const auto unit = mistake({"load.timeout=300"});
  CHECK_THAT(unit.message, StartsWith("--over load.timeout=300: "));
  CHECK_THAT(unit.hint, ContainsSubstring("300ms"));
  CHECK_THAT(mistake({"clint.breaker.failures=3"}).hint, ContainsSubstring("client"));
  CHECK_THAT(mistake({"load.timeout.soft=3s"}).message, ContainsSubstring("single value"));
  CHECK_THAT(mistake({"client.policies.retry.attempts=4"}).message,
             ContainsSubstring("--over client.policies.retry.attempts=4"));
}

TEST_CASE("what a sweep sets itself, or does not measure, cannot be swept") {
  for (const auto* over : {"phases=1", "phases[0].for=3s", "seed=1,2", "expect=x", "name=a,b",
                           "client.versus=none", "topology.a.workers=3"}) {
    INFO(over);
    CHECK_THAT(mistake({over}).message, ContainsSubstring("cannot be swept"));
  }
}

TEST_CASE("a value that some points can have is no mistake, and the others are told apart") {
  auto candidates = *sweep::candidates_of(
      space_of({"client.breaker.failureRateThreshold=30", "client.breaker.slidingWindowSize=5,50",
                "client.breaker.minimumNumberOfCalls=10"}),
      base_of("resilience4j"));
  CHECK(candidates.possible.size() + candidates.impossible.size() == 2);
}
