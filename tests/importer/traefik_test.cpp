#include <map>
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("a circuitBreaker of a Traefik file is oxy, by the name of its middleware") {
  const auto imported = read_as("dynamic.yml",
                                "http:\n"
                                "  middlewares:\n"
                                "    latency-check:\n"
                                "      circuitBreaker:\n"
                                "        expression: \"LatencyAtQuantileMS(50.0) > 100 || "
                                "ResponseCodeRatio(500, 600, 0, 600) > "
                                "0.25\"\n"
                                "        checkPeriod: 1s\n"
                                "        fallbackDuration: 30\n"
                                "        recoveryDuration: 1m30s\n"
                                "        responseCode: 429\n"
                                "    strip:\n"
                                "      stripPrefix: {prefixes: [/a]}\n");
  CHECK(imported.instance == "latency-check");
  CHECK(imported.choice.text() ==
        "oxy,expression=LatencyAtQuantileMS(50.0) > 100 || ResponseCodeRatio(500, 600, 0, 600) > "
        "0.25,"
        "checkPeriod=1s,fallbackDuration=30s,recoveryDuration=1m30s");
  CHECK(tells(imported.ignored, 9, "responseCode", "the status of a"));
}

TEST_CASE("a Middleware of Kubernetes is named by its metadata, and 0 leaves Traefik's default") {
  const auto imported = read_as("m.yaml",
                                "apiVersion: traefik.io/v1alpha1\n"
                                "kind: Middleware\n"
                                "metadata: {name: cb, namespace: shop}\n"
                                "spec:\n"
                                "  circuitBreaker:\n"
                                "    expression: NetworkErrorRatio() > 0.30\n"
                                "    checkPeriod: 0\n"
                                "    fallbackDuration: 0s\n");
  CHECK(imported.instance == "cb");
  CHECK(imported.choice.text() == "oxy,expression=NetworkErrorRatio() > 0.30");
  CHECK(tells(imported.ignored, 7, "checkPeriod", "is 0, so Traefik's default applies"));
  CHECK(tells(imported.ignored, 8, "fallbackDuration", "is 0, so Traefik's default applies"));
}

TEST_CASE("labels of containers are read as the blocks that they stand for") {
  const std::string list =
      "services:\n"
      "  web:\n"
      "    labels:\n"
      "      - \"traefik.enable=true\"\n"
      "      - \"traefik.http.middlewares.cb.circuitbreaker.expression=NetworkErrorRatio() >= "
      "0.5\"\n"
      "      - \"traefik.http.middlewares.cb.circuitbreaker.checkperiod=5s\"\n"
      "      - \"traefik.http.middlewares.other.circuitbreaker.expression=RequestThreshold() > "
      "9\"\n";
  CHECK(read_as("docker-compose.yml", list, "cb").choice.text() ==
        "oxy,expression=NetworkErrorRatio() >= 0.5,checkPeriod=5s");
  CHECK(read_as("docker-compose.yml", list, "other").choice.text() ==
        "oxy,expression=RequestThreshold() > 9");
  CHECK(read_as(
            "docker-compose.yml",
            "services:\n"
            "  web:\n"
            "    deploy:\n"
            "      labels:\n"
            "        traefik.http.middlewares.cb.circuitbreaker.expression: NetworkErrorRatio() > "
            "0.5\n"
            "        traefik.http.routers.web.middlewares: cb\n")
            .choice.text() == "oxy,expression=NetworkErrorRatio() > 0.5");
}

TEST_CASE("what Traefik would not start with is refused, at its place") {
  const auto refused = [](const std::string& block) {
    const auto error =
        refused_as("t.yml", "http: {middlewares: {cb: {circuitBreaker: {\n" + block + "}}}}\n");
    return error.message + "|" + error.hint;
  };
  for (const auto& [block, why] : std::map<std::string, std::string>{
           {"expression: NetworkErrorRatio() > 1", "t.yml:2:13: expression: 1 has no point"},
           {"expression: 'LatencyAtQuantileMS(50) > 100'", "50 has no point"},
           {"expression: 'LatencyAtQuantileMS(50.0) > 0.1'", "0.1 is not a whole number"},
           {"expression: 'ErrorRatio() > 0.1'", "'ErrorRatio' is not one of its functions"},
           {"expression: NetworkErrorRatio() > 0.5, checkPeriod: soon", "t.yml:2:53: 'soon'"},
           {"expression: NetworkErrorRatio() > 0.5, period: 1s", "has no key 'period'"},
           {"expression: ", "this circuitBreaker of Traefik has no expression"}}) {
    INFO(block);
    CHECK_THAT(refused(block), ContainsSubstring(why));
  }
}
