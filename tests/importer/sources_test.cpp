// Files within files, and files that are not finished.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

namespace {

const std::string config_map =
    "apiVersion: v1\n"
    "kind: ConfigMap\n"
    "metadata: {name: shop}\n"
    "data:\n"
    "  LOG_LEVEL: debug\n"
    "  application.yml: |\n"
    "    server.port: 8080\n"
    "\n"
    "    resilience4j.circuitbreaker:\n"
    "      instances:\n"
    "        pay: {slidingWindowSize: 7}\n"
    "        find: {slidingWindowSize: 8}\n"
    "  application-prod.yml: |\n"
    "    resilience4j.circuitbreaker.instances.pay.slidingWindowSize: 9\n"
    "---\n"
    "kind: ConfigMap\n"
    "data:\n"
    "  application.properties: |\n"
    "    resilience4j.circuitbreaker.instances.pay.slidingWindowSize=70\n"
    "  rules.json: \"[{\\\"resource\\\": \\\"r\\\", \\\"timeWindow\\\": 3}]\"\n";

}  // namespace

TEST_CASE("the files of a ConfigMap are read where they stand") {
  const auto find = read_as("cm.yaml", config_map, "find");
  CHECK(find.choice.text() == "resilience4j,slidingWindowSize=8");
  CHECK(find.at.text() == "cm.yaml:12:9");
  CHECK(find.format == "resilience4j in Spring Boot");
  const auto rule = read_as("cm.yaml", config_map, "r");
  CHECK(rule.choice.text() == "sentinel,count=0,timeWindow=3");
  CHECK(rule.at.text() == "cm.yaml:20:15");  // in quotes: where the value begins
}

TEST_CASE("the files of one ConfigMap are one configuration, those of another are another") {
  CHECK_THAT(
      refused_as("cm.yaml", config_map, "pay").message,
      ContainsSubstring("2 circuit breakers have the name 'pay': pay (line 11), pay (line 19)"));
  const auto first = read_as("cm.yaml", config_map, "pay:11");
  CHECK(first.choice.text() == "resilience4j,slidingWindowSize=7");
  CHECK(tells(first.ignored, 14, "", "only for the profile 'prod'"));
  CHECK(read_as("cm.yaml", config_map, "pay:19").choice.text() ==
        "resilience4j,slidingWindowSize=70");
  const auto prod =
      importer::import_breaker("cm.yaml", config_map, {.instance = "pay:14", .profiles = {"prod"}});
  REQUIRE(prod);
  CHECK(prod->choice.text() == "resilience4j,slidingWindowSize=9");
}

TEST_CASE("a mistake in a file of a ConfigMap has its place in the whole, or says which file") {
  const std::string head = "kind: ConfigMap\ndata:\n  application.yml: |\n";
  CHECK(refused_as(
            "cm.yaml",
            head + "    resilience4j.circuitbreaker.instances.a:\n      slidingWindowSise: 5\n")
            .message ==
        "cm.yaml:5:7: an instance of resilience4j.circuitbreaker has no key 'slidingWindowSise'");
  CHECK_THAT(refused_as("cm.yaml", head + "    a: b: c\n").message,
             StartsWith("cm.yaml: application.yml:1:5: not YAML"));
  // One that has nothing to do with it is in nobody's way.
  CHECK(read_as("cm.yaml",
                head + "    a: b: c\n  ok.yml: |\n    dialect: opossum\n    resetTimeout: 5\n", "")
            .choice.text() == "opossum,resetTimeout=5");
}

TEST_CASE("a template is refused with the hint to render it first") {
  const std::string key = "resilience4j.circuitbreaker.instances.a.slidingWindowSize: ";
  for (const auto& [file, text] : std::vector<std::pair<std::string, std::string>>{
           {"a.yml", key + "{{ .Values.size }}\n"},
           {"a.yml", key + "'{{ .Values.size }}'\n"},
           {"a.yml", key + "'@window.size@'\n"},
           {"a.yml", key + "@window.size@\n"},
           {"a.yml", key + "<%= size %>\n"},
           {"a.yml", key + "'#{Size}'\n"},
           {"a.yml", "{{- if .Values.on }}\n" + key + "5\n{{- end }}\n"},
           {"a.yml", "{% if on %}\n" + key + "5\n{% endif %}\n"},
           {"a.yml", "version: @project.version@\n" + key + "5\n"},
           {"a.properties", key + "@window.size@\n"},
           {"a.json", "{\"R\": {\"CircuitBreaker\": {\"FailureRatio\": {{ ratio }}}}}"},
           {"a.json", "{\n{{ include \"x\" }}\n}"},
           {"a.json", "{\"R\": {\"CircuitBreaker\": {\"FailureRatio\": \"#{Ratio}\"}}}"}}) {
    CAPTURE(file, text);
    CHECK_THAT(refused_as(file, text).hint, ContainsSubstring("render it first"));
  }
  for (const auto& [file, text] : std::vector<std::pair<std::string, std::string>>{
           {"a.yml",
            "resilience4j.circuitbreaker.instances: {a: {slidingWindowSize: ${SIZE:5}}}\n"},
           {"a.json", "{\"R\": {\"CircuitBreaker\": {\"FailureRatio\": ${RATIO}}}}"}}) {
    CAPTURE(file, text);
    CHECK_THAT(refused_as(file, text).hint, ContainsSubstring("${...} in quotes"));
  }
  CHECK(read_as("a.yml", "mail: a@b.c\ntext: '@x@ {{ y }}'\n" + key + "5\n").choice.text() ==
        "resilience4j,slidingWindowSize=5");
}

TEST_CASE("plain settings take the timeout of the load beside them") {
  using namespace std::chrono_literals;
  CHECK(read_as("b.yaml", "breaker: {dialect: polly}\nload: {timeout: 2s}\n").timeout->length ==
        2s);
  CHECK(read_as("b.yaml", "client: {breaker: {dialect: polly}}\nload: {timeout: 3s}\n")
            .timeout->length == 3s);
  CHECK_FALSE(read_as("b.yaml", "breaker: {dialect: polly}\n").timeout);
  CHECK(read_as("b.yaml", "{dialect: hystrix-go, timeout: 3000}").timeout->length == 3s);
  CHECK(
      read_as("b.yaml", "{dialect: hystrix-1.5.18, timeoutInMilliseconds: 3000}").timeout->length ==
      3s);
  CHECK_FALSE(read_as("b.yaml",
                      "{dialect: hystrix-1.5.18, timeoutInMilliseconds: 3000, "
                      "execution.timeout.enabled: false}")
                  .timeout);
  CHECK_THAT(refused_as("b.yaml", "breaker: {dialect: polly}\nload: {timeout: 2}\n").message,
             StartsWith("b.yaml:2:17: '2' has no unit"));
}
