// CircuitBreakerOptions of Vert.x.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("the options of Vert.x are a breaker with its own timeout") {
  const auto imported = read_as("config.json",
                                "{\"circuit-breaker\": {\n"
                                "  \"maxFailures\": 3, \"timeout\": 2000,\n"
                                "  \"resetTimeout\": 10000, \"failuresRollingWindow\": 60000,\n"
                                "  \"fallbackOnFailure\": true, \"maxRetries\": 2,\n"
                                "  \"colour\": \"red\"}}");
  CHECK(imported.format == "Vert.x CircuitBreakerOptions");
  CHECK(imported.instance == "circuit-breaker");
  CHECK(imported.choice.text() == "vertx,maxFailures=3,failuresRollingWindow=1m,resetTimeout=10s");
  CHECK(imported.timeout->length == std::chrono::seconds(2));
  CHECK(tells(imported.ignored, 4, "fallbackOnFailure", "says what the caller of a failed call"));
  CHECK(tells(imported.ignored, 5, "colour", "no such option"));
  CHECK(tells(imported.warnings, 4, "maxRetries", "up to 3 times"));
}

TEST_CASE("without a timeout Vert.x ends calls after 10 s, and with -1 never") {
  const auto by_default = read_as("c.json", "{\"b\": {\"maxFailures\": 1, \"resetTimeout\": -1}}");
  CHECK(by_default.choice.text() == "vertx,maxFailures=1,resetTimeout=-1");
  CHECK(by_default.timeout->length == std::chrono::seconds(10));
  const auto never =
      read_as("c.yaml", "b:\n  maxFailures: 1\n  resetTimeout: 5000\n  timeout: -1\n");
  CHECK_FALSE(never.timeout);
  CHECK(tells(never.warnings, 4, "timeout", "never ends a call"));
}

TEST_CASE("what Vert.x would pass over or cut off is refused, and so is a typo") {
  for (const auto* value : {"\"3\"", "2.5", "true"}) {
    CAPTURE(value);
    CHECK_THAT(refused_as("c.json", std::string("{\"b\": {\"maxFailures\": ") + value +
                                        ", \"resetTimeout\": 1000}}")
                   .message,
               ContainsSubstring("is not a whole number"));
  }
  CHECK_THAT(
      refused_as("c.json", "{\"b\": {\"maxFailures\": 1, \"resetTimeout\": 1, \"timeOut\": 5}}")
          .hint,
      ContainsSubstring("timeout"));
}
