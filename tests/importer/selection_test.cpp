// Which of a file's breakers is meant.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

const std::string rules =
    "[{\"resource\": \"r\", \"grade\": 2, \"count\": 1, \"timeWindow\": 1},\n"
    " {\"resource\": \"r\", \"grade\": 2, \"count\": 2, \"timeWindow\": 1}, {\"resource\": \"r\", "
    "\"grade\": 2, \"count\": 3, \"timeWindow\": 1}]";

const std::string gateway =
    "{\"endpoints\": [\n"
    "{\"endpoint\": \"/a\", \"backend\": [{\"url_pattern\": \"/x\", \"extra_config\": "
    "{\"qos/circuit-breaker\": {\"max_errors\": 1, \"name\": \"std\"}}}]},\n"
    "{\"endpoint\": \"/b\", \"method\": \"POST\", \"backend\": [{\"url_pattern\": \"/y\", "
    "\"extra_config\": {\"qos/circuit-breaker\": {\"max_errors\": 2, \"name\": \"std\"}}}]}]}";

std::string trip_of(const std::string& instance) {
  return read_as("k.json", gateway, instance).choice.text();
}

}  // namespace

TEST_CASE("breakers of one name are told apart by their line, and on one line by their column") {
  const auto error = refused_as("a.json", rules, "r");
  CHECK(error.message ==
        "a.json: 3 circuit breakers have the name 'r': r (line 1), r (line 2), r (line 2)");
  CHECK(error.hint == "name the one that you mean: --instance r:1");
  CHECK_THAT(read_as("a.json", rules, "r:1").choice.text(), ContainsSubstring("count=1"));
  CHECK_THAT(refused_as("a.json", rules, "r:2").hint, ContainsSubstring("--instance r:2:2"));
  CHECK_THAT(read_as("a.json", rules, "r:2:2").choice.text(), ContainsSubstring("count=2"));
  CHECK_THAT(refused_as("a.json", rules, "r:3").message,
             ContainsSubstring("no circuit breaker 'r:3' is in the file"));
}

TEST_CASE("without a name the hint is one that means a single breaker") {
  CHECK(refused_as("a.json", rules).hint == "name the one that you mean: --instance r:1");
  CHECK(refused_as("k.json", gateway).hint == "name the one that you mean: --instance /a");
}

TEST_CASE("a KrakenD breaker goes by its name, its endpoint, its method and its backend, too") {
  const auto first = "gobreaker,ReadyToTrip=ConsecutiveFailures > 1";
  const auto second = "gobreaker,ReadyToTrip=ConsecutiveFailures > 2";
  for (const auto* name : {"/a", "GET /a", "/x", "std:2"}) {
    CHECK(trip_of(name) == first);
  }
  for (const auto* name : {"/b", "POST /b", "/y", "std:3", "/b:3"}) {
    CHECK(trip_of(name) == second);
  }
  const auto error = refused_as("k.json", gateway, "std");
  CHECK(error.message ==
        "k.json: 2 circuit breakers have the name 'std': std (line 2), std (line 3)");
  CHECK(error.hint ==
        "name the one that you mean: --instance /a, or by its line: --instance std:2");
}

TEST_CASE("DestinationRules of one host go by the name of the rule") {
  const std::string two =
      "kind: DestinationRule\nmetadata: {name: first}\nspec:\n  host: h\n  trafficPolicy:\n"
      "    outlierDetection: {consecutive5xxErrors: 1}\n---\n"
      "kind: DestinationRule\nmetadata: {name: second}\nspec:\n  host: h\n  trafficPolicy:\n"
      "    outlierDetection: {consecutive5xxErrors: 2}\n  subsets:\n"
      "  - {name: v1, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}}}\n";
  const auto count_of = [&](const std::string& name) {
    return read_as("d.yaml", two, name).choice.text().substr(0, 23);
  };
  CHECK(count_of("first") == "envoy,consecutive_5xx=1");
  CHECK(count_of("second") == "envoy,consecutive_5xx=2");
  CHECK(count_of("h:6") == "envoy,consecutive_5xx=1");
  CHECK(count_of("h:13") == "envoy,consecutive_5xx=2");
  CHECK(count_of("second/v1") == "envoy,consecutive_5xx=3");
  CHECK(count_of("h/v1") == "envoy,consecutive_5xx=3");
  CHECK_THAT(refused_as("d.yaml", two, "h").hint, ContainsSubstring("--instance first"));
}

TEST_CASE("a caller says in its own words how a breaker is named") {
  const auto imported = importer::import_breaker("a.json", rules, {.naming = "a.json#"});
  REQUIRE_FALSE(imported);
  CHECK(imported.error().hint == "name the one that you mean: a.json#r:1");
  CHECK(refused_as("a.yml", "hystrix.command: {'A#b(C)': {circuitBreaker.enabled: true}, d: {}}")
            .hint == "name the one that you mean: --instance 'A#b(C)'");
}

TEST_CASE("a mistake in a breaker of another library is in nobody's way who names one") {
  const std::string both =
      "resilience4j.circuitbreaker: {instances: {a: {slidingWindowSize: 5}}, oops: {}}\n"
      "hystrix.command.old.circuitBreaker.requestVolumeThreshold: 9\n";
  CHECK(read_as("a.yml", both, "old").choice.dialect().name == "hystrix-1.5.18");
  CHECK_THAT(refused_as("a.yml", both, "a").message, ContainsSubstring("has no key 'oops'"));
  CHECK_THAT(refused_as("a.yml", both).message, ContainsSubstring("has no key 'oops'"));
}

TEST_CASE("what is given twice elsewhere does not refuse a breaker, and is told") {
  const auto yaml = read_as("a.yml",
                            "server: {port: 1}\nspring: {a: 1}\nserver: {port: 2}\n"
                            "resilience4j.circuitbreaker.instances.a.slidingWindowSize: 7\n");
  CHECK(yaml.choice.text() == "resilience4j,slidingWindowSize=7");
  CHECK(tells(yaml.warnings, 3, "server", "is given twice"));
  const auto json = read_as("a.json",
                            "{\"Logging\": 1, \"Logging\": 2, \"R\": {\"CircuitBreaker\": "
                            "{\"FailureRatio\": 0.2}}}");
  CHECK(json.choice.text() == "polly,FailureRatio=0.2");
  const auto properties = read_as("a.properties",
                                  "server.port=1\nserver.port=2\n"
                                  "resilience4j.circuitbreaker.instances.a.slidingWindowSize=7\n"
                                  "resilience4j.circuitbreaker.instances.a.minimumNumberOfCalls=5\n"
                                  "resilience4j.circuitbreaker.instances.a.slidingWindowSize=8\n");
  CHECK(properties.choice.text() == "resilience4j,slidingWindowSize=8,minimumNumberOfCalls=5");
  CHECK(properties.warnings.size() == 1);
  CHECK(tells(properties.warnings, 5, "resilience4j.circuitbreaker.instances.a.slidingWindowSize",
              "given twice"));
}

TEST_CASE("what Spring would refuse in a module beside the breaker is told and left out") {
  const auto imported = read_as("a.yml",
                                "resilience4j:\n  circuitbreaker.instances.a.slidingWindowSize: 7\n"
                                "  retry.instances.b: {max-attempts: 3, maxAttempts: 4}\n"
                                "  timelimiter.instances.a.timeoutDuration: 3s\n");
  CHECK(imported.choice.text() == "resilience4j,slidingWindowSize=7");
  CHECK(imported.timeout);
  CHECK(tells(imported.warnings, 2, "", "left out: a.yml:3:40: 'maxAttempts' is given twice"));
}

TEST_CASE("a block with the breaker in it that is given twice is refused") {
  CHECK(refused_as("a.yml",
                   "resilience4j: {circuitbreaker.instances.a.slidingWindowSize: 7}\n"
                   "resilience4j: {retry.instances.a.maxAttempts: 7}\n")
            .message == "a.yml:2:1: 'resilience4j' is given twice");
  CHECK(refused_as("a.json",
                   "{\"clusters\": [{\"name\": \"c\", \"outlier_detection\": {}}],\n"
                   "\"clusters\": []}")
            .message == "a.json:2:1: 'clusters' is given twice");
  CHECK(refused_as("a.yml",
                   "resilience4j.circuitbreaker.instances.a: {slidingWindowSize: 7,\n"
                   "  slidingWindowSize: 8}\n")
            .message == "a.yml:2:3: 'slidingWindowSize' is given twice");
}
