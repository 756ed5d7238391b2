// MicroProfile Fault Tolerance and SmallRye's own names.
#include <map>
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

const std::string method = "com.acme.Stock/find/CircuitBreaker/";

importer::Imported read_properties(const std::string& text,
                                   const std::optional<std::string>& instance = std::nullopt) {
  return read_as("microprofile-config.properties", text, instance);
}

}  // namespace

TEST_CASE("the parameters of a method's @CircuitBreaker are smallrye's settings") {
  const auto imported =
      read_properties(method + "requestVolumeThreshold=4\n" + method + "failureRatio=0.75\n" +
                      method + "delay=2\n" + method + "delayUnit=SECONDS\n" + method +
                      "successThreshold=3\nquarkus.http.port=8080\nsome/other/name=1\n");
  CHECK(imported.format == "MicroProfile Fault Tolerance");
  CHECK(imported.instance == "com.acme.Stock/find");
  CHECK(imported.choice.text() ==
        "smallrye,requestVolumeThreshold=4,failureRatio=0.75,delay=2s,successThreshold=3");
  CHECK(imported.warnings.empty());
  CHECK_FALSE(imported.counts);
}

TEST_CASE("what the file leaves out is said by the annotation in code, which is told") {
  const auto imported = read_properties(method + "delay=1500\n");
  CHECK(imported.choice.text() == "smallrye,delay=1.5s");
  CHECK(tells(imported.warnings, 1, "requestVolumeThreshold, failureRatio, successThreshold",
              "is not in this file, so the values"));
}

TEST_CASE("a method takes from all, and nothing from the annotation of its class") {
  const std::string text = method + "delay=1000\ncom.acme.Stock/CircuitBreaker/failureRatio=0.9\n" +
                           "CircuitBreaker/requestVolumeThreshold=7\nCircuitBreaker/delay=1\n";
  CHECK(read_properties(text, "find").choice.text() ==
        "smallrye,requestVolumeThreshold=7,delay=1s");
  CHECK(read_properties(text, "Stock").choice.text() ==
        "smallrye,requestVolumeThreshold=7,failureRatio=0.9,delay=1ms");
  CHECK(read_properties(text, "CircuitBreaker").choice.text() ==
        "smallrye,requestVolumeThreshold=7,delay=1ms");
}

TEST_CASE("SmallRye's and Quarkus' names with dots are stronger than those with slashes") {
  const std::string text =
      "quarkus.fault-tolerance.\"com.acme.Stock/find\".circuit-breaker.request-volume-threshold=9\n"
      "smallrye.faulttolerance.global.circuit-breaker.delay=5\n"
      "smallrye.faulttolerance.global.circuit-breaker.delay-unit=minutes\n" +
      method + "requestVolumeThreshold=4\n" + method + "failureRatio=0.25\n";
  CHECK(read_properties(text, "Stock/find").choice.text() ==
        "smallrye,requestVolumeThreshold=9,failureRatio=0.25,delay=5m");
  CHECK(read_as("application.yaml",
                "quarkus:\n  fault-tolerance:\n    \"com.acme.Stock/find\":\n"
                "      circuit-breaker:\n        delay: 3\n        delay-unit: seconds\n")
            .choice.text() == "smallrye,delay=3s");
}

TEST_CASE("the timeout, the retries and the bulkhead of a method or its class come along") {
  const auto imported = read_properties(
      method +
      "delay=1\ncom.acme.Stock/find/Timeout/value=800\ncom.acme.Stock/Retry/maxRetries=2\n"
      "com.acme.Stock/Retry/delay=50\nBulkhead/value=6\n");
  CHECK(imported.timeout->length == 800ms);
  CHECK(imported.retry->attempts == 3);
  CHECK(imported.retry->wait == 50ms);
  CHECK(imported.bulkhead->concurrent == 6);
  const auto off =
      read_properties(method +
                      "delay=1\nTimeout/value=800\ncom.acme.Stock/Timeout/enabled=false\n"
                      "Retry/maxRetries=-1\n");
  CHECK_FALSE(off.timeout);
  CHECK(off.retry->attempts == importer::Retry::endless);
}

TEST_CASE("the exceptions of failOn and the lines for a profile of Quarkus are told") {
  const auto imported = read_properties(method + "skipOn=com.acme.NotFound\n%dev." + method +
                                        "delay=1\n%dev.some.other=1\n");
  CHECK(imported.choice.text() == "smallrye");
  CHECK(tells(imported.warnings, 1, "skipOn", "which exceptions count"));
  REQUIRE(imported.ignored.size() == 1);
  CHECK(
      tells(imported.ignored, 2, "%dev." + method + "delay", "applies only in a Quarkus profile"));
}

TEST_CASE("annotations beside the breaker that tripcurve does not play are told") {
  const auto imported = read_properties(method +
                                        "delay=1\ncom.acme.Stock/find/RateLimit/value=3\n"
                                        "com.acme.Other/RateLimit/value=4\n");
  REQUIRE(imported.ignored.size() == 1);
  CHECK(tells(imported.ignored, 2, "@RateLimit", "tripcurve leaves it out"));
}

TEST_CASE("${...} of SmallRye Config is a value of the file, or its default") {
  const auto imported = read_properties("wait=700\n" + method + "delay=${wait}\n" + method +
                                        "failureRatio=${RATIO:0.3}\n");
  CHECK(imported.choice.text() == "smallrye,failureRatio=0.3,delay=700ms");
  CHECK(tells(imported.warnings, 3, "failureRatio", "RATIO is not in this file"));
  CHECK_FALSE(importer::import_breaker("m.properties", method + "delay=${WAIT}\n", {}));
}

TEST_CASE("a profile of Quarkus in YAML is told by its whole name") {
  const auto imported = read_as("application.yaml",
                                "quarkus:\n  fault-tolerance:\n    \"a.B/c\":\n"
                                "      circuit-breaker: {delay: 3}\n"
                                "\"%dev\":\n  quarkus:\n    fault-tolerance:\n      \"a.B/c\":\n"
                                "        circuit-breaker: {delay: 1}\n");
  CHECK(tells(imported.ignored, 9, "%dev.quarkus.fault-tolerance.\"a.B/c\".circuit-breaker.delay",
              "applies only in a Quarkus profile; use it"));
}

TEST_CASE("a file whose breakers are all of a profile of Quarkus says so") {
  const auto error = refused_as("application.properties", "%prod." + method + "delay=1\n");
  CHECK(error.message ==
        "application.properties:1:1: '%prod." + method + "delay' applies in a Quarkus profile");
  CHECK(error.hint == "name the active profile: --profile prod");
}

TEST_CASE("lines for a profile of Quarkus that is active are stronger, wherever they stand") {
  const auto read = [](const std::string& file, const std::string& text,
                       const std::vector<std::string>& profiles) {
    const auto imported = importer::import_breaker(file, text, {.profiles = profiles});
    INFO((imported ? "" : imported.error().message));
    REQUIRE(imported);
    return *imported;
  };
  const auto text =
      "%prod,test." + method + "delay=7\n" + method + "delay=1\n%dev." + method + "delay=9\n";
  const auto prod = read("application.properties", text, {"prod"});
  CHECK(prod.choice.text() == "smallrye,delay=7ms");
  CHECK(tells(prod.profiles, 1, "%prod,test." + method + "delay", "prod, which is active"));
  CHECK(tells(prod.ignored, 3, "%dev." + method + "delay",
              "applies only in a Quarkus profile; use it"));
  CHECK(read("application.properties", text, {"prod", "dev"}).choice.text() ==
        "smallrye,delay=9ms");
  CHECK(read("application.yaml",
             "\"%dev\":\n  quarkus:\n    fault-tolerance:\n      \"a.B/c\":\n"
             "        circuit-breaker: {delay: 5}\n"
             "quarkus:\n  fault-tolerance:\n    \"a.B/c\":\n"
             "      circuit-breaker: {delay: 3}\n",
             {"dev"})
            .choice.text() == "smallrye,delay=5ms");
  const auto unknown = importer::import_breaker("a.properties", text, {.profiles = {"prodd"}});
  REQUIRE_FALSE(unknown);
  CHECK_THAT(unknown.error().hint, ContainsSubstring("'prod'"));
}

TEST_CASE("an annotation that is nearly one is told, with the one that was meant") {
  for (const auto* name : {"com.acme.Stock/find/CircuitBraker/delay", "circuitbreaker/delay",
                           "smallrye.faulttolerance.\"a.B/c\".circuit-braker.delay"}) {
    CAPTURE(name);
    const auto error = refused_as("m.properties", std::string(name) + "=1\n");
    CHECK(error.message ==
          "m.properties:1:1: there is no such annotation in '" + std::string(name) + "'");
    CHECK(error.hint == "did you mean 'CircuitBreaker'?");
  }
  const auto beside =
      refused_as("m.properties", method + "delay=1\ncom.acme.Stock/Timout/value=3\n");
  CHECK(beside.hint == "did you mean 'Timeout'?");
  CHECK(read_properties(method + "delay=1\ncom.acme.Other/Timout/value=3\nmy/Timout/colour=3\n")
            .choice.text() == "smallrye,delay=1ms");
}

TEST_CASE("what switches the breaker off, and what SmallRye would not take, is refused") {
  for (const auto& [lines, why] : std::map<std::string, std::string>{
           {method + "delay=1\ncom.acme.Stock/CircuitBreaker/enabled=false\n",
            "microprofile-config.properties:2:1: this circuit breaker is turned off"},
           {method + "delay=1\nMP_Fault_Tolerance_NonFallback_Enabled=false\n",
            "MP_Fault_Tolerance_NonFallback_Enabled=false turns all"},
           {method + "enabled=off\n", "this circuit breaker is turned off"},
           {method + "delay=5s\n", "'5s' is not a number"},
           {method + "delay=1\nBulkhead/value=0\n", ":2:1: @Bulkhead has 0 calls"},
           {method + "delays=1\n", "@CircuitBreaker has no key 'delays'"},
           {method + "delay=1\n" + method + "delayUnit=weeks\n", "'weeks' is not a unit of time"},
           {method + "failureRatio=1.5\n", ":1:1: failureRatio"},
           {method + "requestVolumeThreshold=0\n", ":1:1: requestVolumeThreshold"},
           {method + "successThreshold=many\n", "'many' is not a number"}}) {
    INFO(lines);
    const auto imported = importer::import_breaker("microprofile-config.properties", lines,
                                                   {.instance = "com.acme.Stock/find"});
    REQUIRE_FALSE(imported);
    CHECK_THAT(imported.error().message, ContainsSubstring(why));
  }
}
