#include <map>
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("a Sentinel degrade rule is read with what Sentinel takes for missing") {
  CHECK(read_as("d.json",
                "[{\"resource\": \"r\", \"grade\": 1, \"count\": 0.5, \"timeWindow\": 30, "
                "\"minRequestAmount\": 5, \"statIntervalMs\": 10000}]")
            .choice.text() ==
        "sentinel,grade=1,count=0.5,timeWindow=30,minRequestAmount=5,statIntervalMs=10000");
  CHECK(read_as("d.json", "[{\"resource\": \"r\", \"timeWindow\": 30}]").choice.text() ==
        "sentinel,count=0,timeWindow=30");
  const auto odd = read_as("d.json",
                           "[{\"resource\": \"r\", \"grade\": 2, \"count\": 5, \"timeWindow\": 1,\n"
                           "\"slowRatioThreshold\": 100, \"id\": 3}]");
  CHECK(odd.choice.text() == "sentinel,grade=2,count=5,timeWindow=1");
  CHECK(tells(odd.ignored, 2, "slowRatioThreshold", "is only used with grade 0"));
  CHECK(tells(odd.ignored, 2, "id", "dashboard"));
  CHECK(tells(
      read_as("d.json", "[{\"resource\": \"r\", \"timeWindow\": 30, \"slowRatio\": 1}]").ignored, 1,
      "slowRatio", "a key of a degrade rule"));
}

TEST_CASE("a rule of sentinel-golang is its own library's, with what that takes for missing") {
  CHECK(read_as("d.json",
                "[{\"resource\": \"r\", \"strategy\": 0, \"retryTimeoutMs\": 3500, "
                "\"minRequestAmount\": 10, \"statIntervalMs\": 5000, \"maxAllowedRtMs\": 50, "
                "\"threshold\": 0.5, \"statSlidingWindowBucketCount\": 10, \"probeNum\": 3}]")
            .choice.text() ==
        "sentinel-golang,strategy=0,retryTimeoutMs=3500,minRequestAmount=10,statIntervalMs=5000,"
        "statSlidingWindowBucketCount=10,maxAllowedRtMs=50,threshold=0.5,probeNum=3");
  const auto least =
      read_as("d.json", "[{\"resource\": \"r\", \"retryTimeoutMs\": 1, \"statIntervalMs\": 1000}]");
  CHECK(least.choice.text() == "sentinel-golang,retryTimeoutMs=1,statIntervalMs=1000");
  CHECK(least.warnings.empty());
  const auto odd = read_as("d.yaml",
                           "spec:\n  rules:\n    - resource: r\n      strategy: ErrorCount\n"
                           "      retryTimeoutMs: 500\n      statIntervalMs: 10000\n"
                           "      maxAllowedRtMs: 10\n      id: x\n      threshold: 20\n");
  CHECK(odd.choice.text() ==
        "sentinel-golang,strategy=ErrorCount,retryTimeoutMs=500,statIntervalMs=10000,threshold=20");
  CHECK(tells(odd.ignored, 7, "maxAllowedRtMs", "with strategy 0"));
  CHECK(tells(odd.ignored, 8, "id", "names the rule"));
}

TEST_CASE("a rule that sentinel-golang would skip is refused") {
  for (const auto& [rule, why] : std::map<std::string, std::string>{
           {"\"strategy\": 2, \"retryTimeoutMs\": 3000, \"threshold\": 7",
            "d.json:1:2: the rule has no statIntervalMs, so sentinel-golang skips it"},
           {"\"statIntervalMs\": 1000, \"probeNum\": 1", "the rule has no retryTimeoutMs"},
           {"\"statIntervalMs\": 1000, \"retryTimeoutMs\": 0", "d.json:1:62: retryTimeoutMs"},
           {"\"statIntervalMs\": 1000, \"retryTimeoutMs\": 9, \"threshold\": 5", "above 1"},
           {"\"statIntervalMs\": 1000, \"retryTimeoutMs\": 9, \"timeWindow\": 5",
            "a rule of sentinel-golang has no key 'timeWindow'"}}) {
    INFO(rule);
    CHECK_THAT(refused_as("d.json", "[{\"resource\": \"r\", " + rule + "}]").message,
               ContainsSubstring(why));
  }
}

TEST_CASE("a flow rule of Sentinel is no breaker") {
  CHECK_THAT(refused_as("d.json", "[{\"resource\": \"r\", \"grade\": 1, \"count\": 100}]").message,
             ContainsSubstring("no circuit breaker that tripcurve can read"));
}

// --- feign.sentinel.rules

TEST_CASE("rules below feign.sentinel.rules are Sentinel's, by the name of the client") {
  const std::string text =
      "feign:\n"
      "  sentinel:\n"
      "    enabled: true\n"
      "    default-rule: default\n"
      "    rules:\n"
      "      default:\n"
      "        - grade: 2\n"
      "          count: 1\n"
      "          timeWindow: 15\n"
      "          statIntervalMs: 1000\n"
      "          minRequestAmount: 1\n"
      "      user:\n"
      "        - {grade: 0, count: 500, time-window: 5, slowRatioThreshold: 0.1}\n"
      "        - {grade: 1, count: 0.5, time-window: 6, limit-app: x}\n"
      "      \"[user#find(boolean)]\":\n"
      "        - {grade: 2, count: 1}\n";
  const auto standard = read_as("application.yml", text, "default");
  CHECK(standard.choice.text() ==
        "sentinel,grade=2,count=1,timeWindow=15,minRequestAmount=1,statIntervalMs=1000");
  REQUIRE(standard.counts);
  CHECK(format_outcome_changes(standard.counts->changes) == "4xx=failure");
  CHECK(read_as("application.yml", text, "user:13").choice.text() ==
        "sentinel,grade=0,count=500,timeWindow=5,slowRatioThreshold=0.1");
  const auto second = read_as("application.yml", text, "user:14");
  CHECK(second.choice.text() == "sentinel,grade=1,count=0.5,timeWindow=6");
  CHECK(tells(second.ignored, 14, "limit-app", "is ignored: a degrade rule applies to all"));
  CHECK_THAT(
      refused_as("application.yml", text, "user#find(boolean)").message,
      StartsWith("application.yml:16:11: this rule of feign.sentinel.rules has no timeWindow"));
}

TEST_CASE("rules of Feign that are not a list are refused, at their client") {
  CHECK(refused_as("application.yml",
                   "feign:\n  sentinel:\n    rules:\n      user: {grade: 1, count: 0.5}\n")
            .message == "application.yml:4:7: the rules of 'user' are not a list");
}

TEST_CASE("rules of Feign are read from properties, too") {
  CHECK(read_as("application.properties",
                "feign.sentinel.rules.user[0].grade=1\nfeign.sentinel.rules.user[0].count=0.5\n"
                "feign.sentinel.rules.user[0].timeWindow=${WINDOW:7}\n")
            .choice.text() == "sentinel,grade=1,count=0.5,timeWindow=7");
}

TEST_CASE("rules of Feign that are switched off are refused, where that is written") {
  const std::string rule =
      "feign.sentinel.rules.user[0].grade=1\nfeign.sentinel.rules.user[0].timeWindow=7\n";
  for (const auto* name :
       {"spring.cloud.circuitbreaker.sentinel.enabled", "feign.circuitbreaker.enabled",
        "spring.cloud.openfeign.circuitbreaker.enabled"}) {
    CHECK_THAT(refused_as("application.properties", name + ("=false\n" + rule)).message,
               StartsWith("application.properties:1:") &&
                   ContainsSubstring(name + std::string("=false turns these rules off")));
    CHECK(read_as("application.properties", name + ("=true\n" + rule)).choice.text() ==
          "sentinel,grade=1,count=0,timeWindow=7");
  }
  const auto other = read_as("application.properties", "feign.sentinel.enabled=false\n" + rule);
  CHECK(tells(other.ignored, 1, "feign.sentinel.enabled",
              "is read by spring-cloud-starter-alibaba-sentinel, which does not concern"));
}

TEST_CASE("what a store keeps beside a rule is told, and a key like one of the rule's is refused") {
  const auto imported = read_as(
      "s.json", "[{\"resource\": \"r\", \"timeWindow\": 5, \"count\": 9,\n\"owner\": \"me\"}]");
  CHECK(tells(imported.ignored, 2, "owner", "is not a key of a degrade rule,"));
  CHECK(tells(read_as("g.json",
                      "[{\"resource\": \"r\", \"retryTimeoutMs\": 5,\n"
                      "\"statIntervalMs\": 10, \"owner\": \"me\"}]")
                  .ignored,
              2, "owner", "is not a key of a degrade rule,"));
  CHECK_THAT(
      refused_as("s.json", "[{\"resource\": \"r\", \"timeWindow\": 5, \"minRequestAmout\": 9}]")
          .hint,
      ContainsSubstring("did you mean 'minRequestAmount'"));
}
