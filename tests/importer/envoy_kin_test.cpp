// Formats whose breaker is Envoy's outlier detection under other names.
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

// --- Envoy Gateway

namespace {

std::string traffic_policy(const std::string& passive, const std::string& more = "") {
  return "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\n"
         "metadata: {name: shop}\nspec:\n"
         "  targetRefs: [{kind: HTTPRoute, name: backend}]\n" +
         more + "  healthCheck:\n    passive:\n" + passive;
}

}  // namespace

TEST_CASE("a BackendTrafficPolicy has Envoy Gateway's defaults, and success rates on as Envoy") {
  const auto imported = read_as("e.yaml", traffic_policy("      consecutive5XxErrors: 3\n"
                                                         "      baseEjectionTime: 1m30s\n"));
  CHECK(imported.format == "Envoy Gateway BackendTrafficPolicy");
  CHECK(imported.instance == "shop");
  CHECK(imported.choice.text() == "envoy,consecutive_5xx=3,interval=3s,base_ejection_time=1m30s");
  CHECK(tells(imported.warnings, 7, "hosts", "the file does not say how many hosts"));
  CHECK(read_as("e.yaml", traffic_policy("      interval: 2s\n"), "backend").choice.text() ==
        "envoy,interval=2s");
}

TEST_CASE("two thresholds of Envoy Gateway switch their detectors on") {
  CHECK(read_as("e.yaml", traffic_policy("      consecutiveGatewayErrors: 2\n"
                                         "      failurePercentageThreshold: 70\n"
                                         "      alwaysEjectOneEndpoint: true\n"))
            .choice.text() ==
        "envoy,consecutive_gateway_failure=2,interval=3s,always_eject_one_host=true,"
        "enforcing_consecutive_gateway_failure=100,enforcing_failure_percentage=100,"
        "failure_percentage_threshold=70");
}

TEST_CASE("what stands beside the check of a BackendTrafficPolicy comes along or is told") {
  const auto imported = read_as(
      "e.yaml", traffic_policy("      maxEjectionPercent: 0\n    panicThreshold: 0\n"
                               "    active: {type: TCP}\n",
                               "  circuitBreaker: {maxParallelRequests: 8, maxConnections: 2}\n"
                               "  timeout: {http: {requestTimeout: 750ms}}\n  retry: {}\n"));
  CHECK(imported.choice.text() == "envoy,interval=3s,healthy_panic_threshold=0");
  REQUIRE(imported.bulkhead);
  CHECK(imported.bulkhead->concurrent == 8);
  REQUIRE(imported.timeout);
  CHECK(imported.timeout->length == std::chrono::milliseconds(750));
  CHECK(tells(imported.ignored, 6, "maxConnections",
              "limits connections and is not a circuit breaker;"));
  CHECK(tells(imported.ignored, 8, "retry", "tripcurve makes one"));
  CHECK(tells(imported.ignored, 11, "maxEjectionPercent", "10 percent"));
  CHECK(tells(imported.warnings, 13, "active", "an active health check also takes hosts out"));
}

TEST_CASE("a key that Envoy Gateway's check does not have is refused") {
  const auto refused = refused_as("e.yaml", traffic_policy("      consecutive5xxErrors: 3\n"));
  CHECK_THAT(refused.message, StartsWith("e.yaml:8:7: healthCheck.passive of Envoy "
                                         "Gateway has no key 'consecutive5xxErrors'"));
  CHECK_THAT(refused.hint, ContainsSubstring("consecutive5XxErrors"));
}

TEST_CASE("the backendSettings of other resources of Envoy Gateway have the same check") {
  const auto imported =
      read_as("e.yaml",
              "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\n"
              "metadata: {name: ext}\nspec:\n  extProc:\n    - backendSettings:\n"
              "        healthCheck: {passive: {consecutiveGatewayErrors: 4, interval: 5s}}\n");
  CHECK(imported.instance == "ext");
  CHECK(imported.choice.text() ==
        "envoy,consecutive_gateway_failure=4,interval=5s,"
        "enforcing_consecutive_gateway_failure=100");
}

// --- Gloo and kgateway

TEST_CASE("an Upstream of Gloo is Envoy, with its static hosts and its balancer") {
  const auto imported = read_as(
      "g.yaml",
      "apiVersion: gloo.solo.io/v1\nkind: Upstream\nmetadata: {name: shop}\nspec:\n"
      "  static: {hosts: [{addr: a}, {addr: b}]}\n"
      "  outlierDetection:\n    interval: 5s\n    consecutive5xx: 2\n"
      "    failurePercentageThreshold: 5\n"
      "  loadBalancerConfig: {random: {}, healthyPanicThreshold: 20, updateMergeWindow: 0s}\n"
      "  circuitBreakers: {maxRequests: 9}\n");
  CHECK(imported.format == "Gloo Upstream");
  CHECK(imported.choice.text() ==
        "envoy,hosts=2,consecutive_5xx=2,interval=5s,healthy_panic_threshold=20,"
        "update_merge_window=0ms");
  CHECK(tells(imported.ignored, 9, "failurePercentageThreshold", "is not one of Gloo's fields"));
  REQUIRE(imported.bulkhead);
  CHECK(imported.bulkhead->concurrent == 9);
  CHECK_THAT(refused_as("g.yaml",
                        "apiVersion: gloo.solo.io/v1\nkind: Upstream\nmetadata: {name: a}\nspec:\n"
                        "  outlierDetection: {consecutive5xx: 2}\n")
                 .message,
             StartsWith("g.yaml:5:3: outlierDetection has no interval"));
}

TEST_CASE("a BackendConfigPolicy of kgateway goes by its name and by its target") {
  const std::string text =
      "kind: BackendConfigPolicy\nmetadata: {name: p}\nspec:\n"
      "  targetRefs: [{kind: Service, name: shop}, {kind: Service, name: cart}]\n"
      "  outlierDetection: {consecutive5xx: 0, interval: 1m30s, maxEjectionPercent: 50}\n";
  for (const auto* name : {"p", "shop", "cart"}) {
    CHECK(read_as("k.yaml", text, name).choice.text() ==
          "envoy,consecutive_5xx=0,interval=1m30s,max_ejection_percent=50");
  }
}

// --- App Mesh

TEST_CASE("a listener of App Mesh is Envoy, with values and units, in any case") {
  const auto imported = read_as(
      "node.json",
      "{\"virtualNodeName\": \"colors\", \"spec\": {\"listeners\": [{\"outlierDetection\": {"
      "\"maxServerErrors\": 5, \"maxEjectionPercent\": 50,\n"
      "\"interval\": {\"value\": 10, \"unit\": \"s\"}, "
      "\"baseEjectionDuration\": {\"value\": 500, \"unit\": \"ms\"}}}]}}");
  CHECK(imported.instance == "colors");
  CHECK(imported.choice.text() ==
        "envoy,consecutive_5xx=5,interval=10s,base_ejection_time=500ms,max_ejection_percent=50");
  CHECK(tells(imported.warnings, 1, "outlierDetection", "not published"));
  CHECK(read_as("node.yaml",
                "Type: AWS::AppMesh::VirtualNode\nProperties:\n  VirtualNodeName: v\n  Spec:\n"
                "    Listeners:\n      - OutlierDetection: {MaxServerErrors: 3, "
                "MaxEjectionPercent: 100, Interval: {Value: 1, Unit: s}, "
                "BaseEjectionDuration: {Value: 2, Unit: s}}\n",
                "v")
            .choice.text() ==
        "envoy,consecutive_5xx=3,interval=1s,base_ejection_time=2s,max_ejection_percent=100");
}

TEST_CASE("App Mesh needs each of its four values, with a unit that it has") {
  const auto with = [](const std::string& rest) {
    return "kind: VirtualNode\nmetadata: {name: v}\nspec:\n  listeners:\n"
           "    - outlierDetection: {maxServerErrors: 3, maxEjectionPercent: 100, " +
           rest + "}\n";
  };
  CHECK_THAT(refused_as("v.yaml", with("interval: {value: 1, unit: s}")).message,
             StartsWith("v.yaml:5:7: outlierDetection of App Mesh needs baseEjectionDuration"));
  CHECK_THAT(refused_as("v.yaml", with("interval: {value: 1, unit: m}")).message,
             ContainsSubstring("needs a value and the unit s or ms"));
}

// --- The old policy of Kuma

TEST_CASE("a detector of Kuma's old CircuitBreaker is on by being there, without a count, too") {
  const auto imported =
      read_as("k.yaml",
              "apiVersion: kuma.io/v1alpha1\nkind: CircuitBreaker\nmesh: default\n"
              "metadata: {name: cb}\nspec:\n"
              "  destinations: [{match: {kuma.io/service: backend}}]\n"
              "  conf:\n    interval: 5s\n    maxEjectionPercent: 20\n"
              "    thresholds: {maxRequests: 2}\n"
              "    detectors:\n      totalErrors: {}\n"
              "      standardDeviation: {requestVolume: 10, factor: 1.9}\n",
              "backend");
  CHECK(imported.instance == "cb");
  CHECK(imported.choice.text() ==
        "envoy,interval=5s,max_ejection_percent=20,enforcing_consecutive_5xx=100,"
        "enforcing_consecutive_gateway_failure=0,enforcing_success_rate=100,"
        "success_rate_request_volume=10,success_rate_stdev_factor=1900,"
        "enforcing_failure_percentage=0,enforcing_consecutive_local_origin_failure=0,"
        "enforcing_local_origin_success_rate=100");
  REQUIRE(imported.bulkhead);
  CHECK(imported.bulkhead->concurrent == 2);
  CHECK(read_as("k.yaml",
                "type: CircuitBreaker\nmesh: default\nname: u\nconf:\n"
                "  detectors: {gatewayErrors: {consecutive: 4}}\n")
            .instance == "u");
}

// --- Istio's patches, Consul's gateways

TEST_CASE("the patch of an EnvoyFilter is a cluster without a name") {
  const auto imported =
      read_as("f.yaml",
              "kind: EnvoyFilter\nmetadata: {name: f}\nspec:\n  configPatches:\n"
              "    - applyTo: CLUSTER\n      patch:\n        operation: MERGE\n        value:\n"
              "          outlier_detection: {consecutive_5xx: 3, interval: 5s}\n");
  CHECK(imported.instance == "f");
  CHECK(imported.choice.text() == "envoy,consecutive_5xx=3,interval=5s");
  CHECK(tells(imported.warnings, 8, "patch", "merged into the cluster"));
}

TEST_CASE("a service of an ingress gateway of Consul stands over the gateway's defaults") {
  const std::string text =
      "{\"Kind\": \"ingress-gateway\", \"Name\": \"in\",\n"
      "\"Defaults\": {\"PassiveHealthCheck\": {\"Interval\": \"4s\", \"MaxFailures\": 9}},\n"
      "\"Listeners\": [{\"Port\": 1, \"Services\": [{\"Name\": \"api\",\n"
      "\"PassiveHealthCheck\": {\"MaxFailures\": 2, \"EnforcingConsecutive5xx\": 0}}]}]}";
  const auto imported = read_as("c.json", text, "api");
  CHECK(imported.choice.text() == "envoy,consecutive_5xx=2,interval=4s,healthy_panic_threshold=0");
  CHECK(tells(imported.ignored, 4, "EnforcingConsecutive5xx",
              "0 is not passed on to Envoy, so Envoy's default applies"));
  CHECK(read_as("c.json", text, "Defaults").choice.text() ==
        "envoy,consecutive_5xx=9,interval=4s,healthy_panic_threshold=0");
}

TEST_CASE("the passive health check of Traefik and of a schema is not Consul's") {
  for (const auto* text :
       {"http: {services: {s: {loadBalancer: {servers: [], passiveHealthCheck: {}}}}}\n",
        "loadBalancer: {passiveHealthCheck: {failureWindow: 10s, maxFailedAttempts: 3}}\n",
        "properties: {passiveHealthCheck: {type: object, properties: {maxFailures: {}}}}\n"}) {
    CAPTURE(text);
    CHECK(refused_as("t.yaml", text).message ==
          "t.yaml: no circuit breaker that tripcurve can read is in the file");
  }
}
