// Files without a breaker to import that look as if they had one: the message says what it is.
#include <string>
#include <utility>
#include <vector>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("what looks like a breaker and is none is named, with its line") {
  for (const auto& [text, hint] : std::vector<std::pair<std::string, std::string>>{
           {"kind: CustomResourceDefinition\n", "line 1: this is the schema"},
           {"upstreams:\n- name: u\n  healthchecks: {passive: {unhealthy: {http_failures: 3}}}\n",
            "line 3: passive health checks of Kong and APISIX"},
           {"kind: ApisixUpstream\nspec: {healthCheck: {passive: {unhealthy: {httpFailures: "
            "3}}}}\n",
            "line 2: passive health checks of Kong and APISIX"},
           {"a:\n  passiveHealthCheck: {maxFailedAttempts: 3}\n", "line 2: Traefik's passive"},
           {"{\"health_checks\": {\"passive\": {\"max_fails\": 3}}}", "line 1: Caddy's passive"},
           {"spring:\n  filters:\n    - name: CircuitBreaker\n", "line 3: the filter of Spring"},
           {"spring:\n  filters:\n    - CircuitBreaker=name=a,fallbackUri=/b\n",
            "line 3: the filter of Spring"},
           {"spring:\n  filters:\n    - Hystrix=command\n", "line 3: the filter of Spring"},
           {"spring.cloud.circuitbreaker.resilience4j.disable-time-limiter: true\n",
            "line 1: it turns Spring Cloud CircuitBreaker on or off"},
           {"istio:\n  outlierDetection: {consecutive5xxErrors: 5}\n",
            "line 2: this outlier detection is in no resource"},
           {"listeners:\n- connectionPool: {http: {maxConnections: 5}}\n",
            "line 2: limits connections"},
           {"feign:\n  hystrix:\n    enabled: true\n", "line 3: Hystrix is on"},
           {"spring: {cloud: {openfeign: {circuitbreaker: {enabled: true}}}}\n",
            "line 1: breakers of Feign clients are on"},
           {"feign: {circuitbreaker: {enabled: true}}\n",
            "line 1: breakers of Feign clients are on"},
           {"resilience4j: {retry: {instances: {a: {maxAttempts: 2}}}}\n",
            "line 1: it has other modules of resilience4j"},
           {"camel:\n  resilience4j: {failureRateThreshold: 50}\n", "line 2: Camel's own"},
           {"camel.resilience4j.failureRateThreshold: 50\n", "line 1: Camel's own"},
           {"resilience4j.retry.instances.a.maxAttempts: 2\n",
            "line 1: it has other modules of resilience4j"},
           {"spring.cloud: {openfeign.circuitbreaker: {enabled: true}}\n",
            "line 1: breakers of Feign clients are on"},
           {"spring: {cloud: {sentinel: {datasource: {d: {nacos: {rule-type: degrade}}}}}}\n",
            "line 1: the rules are in the source"},
           {"routers:\n- client: {failureAccrual: {kind: io.l5d.consecutiveFailures}}\n",
            "line 2: Linkerd 1's failureAccrual"},
           {"name: b\noutlierDetection: {consecutiveErrors: 5, interval: {seconds: 1}}\n",
            "line 2: an outlierDetection with consecutiveErrors"},
           {"metadata:\n  annotations:\n    skipper-filter: consecutiveBreaker(15)\n",
            "line 3: Skipper's breakers"},
           {"kind: Mapping\nspec:\n  circuit_breakers: [{max_connections: 8}]\n",
            "line 3: limits connections"},
           {"name: c\ncircuit_breakers: {thresholds: [{max_requests: 8}]}\n",
            "line 2: limits connections"},
           {"kind: DestinationRule\nspec: {host: h, trafficPolicy: {connectionPool: {tcp: {}}}}\n",
            "line 2: limits connections"},
           {"kind: Service\nmetadata: {annotations: {projectcontour.io/max-requests: '5'}}\n",
            "line 2: limits connections"}}) {
    CAPTURE(text);
    const auto refused = refused_as("f.yaml", text);
    CHECK(refused.message == "f.yaml: no circuit breaker that tripcurve can read is in the file");
    CHECK_THAT(refused.hint, StartsWith(hint));
  }
}

TEST_CASE("a switch that is off is no neighbour") {
  for (const auto* text : {"feign: {hystrix: {enabled: false}}\n", "a: {name: CircuitBreaker}\n",
                           "circuit_breakers: {a: 1}\n", "camel: {springboot: {}}\n"}) {
    CAPTURE(text);
    CHECK_THAT(refused_as("f.yaml", text).hint, StartsWith("it reads: "));
  }
}

TEST_CASE("what is in a language that is not read is told so, with what can be written") {
  for (const auto& [file, message, hint] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"libs.toml", "TOML cannot be read", "YAML or JSON"},
           {"a/main.tf", "HCL cannot be read", "YAML or JSON"},
           {"job.nomad", "HCL cannot be read", "consul config read"},
           {"blueprint.xml", "XML cannot be read",
            "write the settings under their dialect's names, for"},
           {"Config.java", "source code cannot be read", "tripcurve describe gobreaker"},
           {"main.go", "source code cannot be read", "tripcurve describe gobreaker"}}) {
    CAPTURE(file);
    const auto refused = refused_as(file, "x\n");
    CHECK(refused.message == file + ": " + message);
    CHECK_THAT(refused.hint, ContainsSubstring(hint));
  }
  CHECK(refused_as("Caddyfile", "reverse_proxy a b {\n  fail_duration 30s\n}\n").message ==
        "Caddyfile:2:3: Caddy's passive health checks have no dialect");
  CHECK(refused_as("routes.eskip", "r: *\n  -> consecutiveBreaker(15)\n  -> \"https://a\";\n")
            .message == "routes.eskip:2:3: Skipper's breakers cannot be read");
}

TEST_CASE("a variable for envsubst in JSON is told where it stands") {
  const auto refused = refused_as("f.json", "{\"a\": 1,\n\"b\": $NAMESPACE}");
  CHECK_THAT(refused.message, StartsWith("f.json:2:6: "));
  CHECK_THAT(refused.hint, ContainsSubstring("fill it in first"));
}
