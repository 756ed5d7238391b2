// Kuma and Consul, which configure Envoy.
#include <map>
#include <string>

#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

// --- Kuma

namespace {

std::string kuma(const std::string& detection) {
  return "type: MeshCircuitBreaker\nname: cb\nmesh: default\nspec:\n  to:\n"
         "    - targetRef: {kind: MeshService, name: backend}\n      default:\n"
         "        outlierDetection:\n" +
         detection;
}

}  // namespace

TEST_CASE("a MeshCircuitBreaker turns off all of Envoy's detectors that it does not have") {
  const auto imported = read_as("k.yaml", kuma("          interval: 5s\n"
                                               "          baseEjectionTime: 1m30s\n"
                                               "          maxEjectionPercent: 20\n"
                                               "          detectors:\n"
                                               "            totalFailures: {consecutive: 10}\n"));
  CHECK(imported.format == "Kuma MeshCircuitBreaker");
  CHECK(imported.instance == "cb/to/backend");
  CHECK(imported.choice.text() ==
        "envoy,consecutive_5xx=10,interval=5s,base_ejection_time=1m30s,max_ejection_percent=20,"
        "enforcing_consecutive_5xx=100,enforcing_consecutive_gateway_failure=0,"
        "enforcing_success_rate=0,enforcing_failure_percentage=0,"
        "enforcing_consecutive_local_origin_failure=0,enforcing_local_origin_success_rate=0,"
        "enforcing_failure_percentage_local_origin=0");
  CHECK(tells(imported.warnings, 8, "hosts", "the file does not say how many hosts"));
  CHECK_FALSE(imported.counts);
}

TEST_CASE("each detector of a MeshCircuitBreaker is on by being there") {
  const auto imported = read_as(
      "k.yaml",
      kuma("          splitExternalAndLocalErrors: true\n"
           "          healthyPanicThreshold: \"61.5\"\n"
           "          detectors:\n"
           "            gatewayFailures: {consecutive: 3}\n"
           "            localOriginFailures: {consecutive: 4}\n"
           "            successRate: {minimumHosts: 6, requestVolume: 7, "
           "standardDeviationFactor: \"1.9\"}\n"
           "            failurePercentage: {minimumHosts: 2, requestVolume: 8, threshold: 70}\n"));
  CHECK(imported.choice.text() ==
        "envoy,consecutive_gateway_failure=3,enforcing_consecutive_5xx=0,"
        "enforcing_consecutive_gateway_failure=100,enforcing_success_rate=100,"
        "success_rate_minimum_hosts=6,success_rate_request_volume=7,"
        "success_rate_stdev_factor=1900,enforcing_failure_percentage=100,"
        "failure_percentage_threshold=70,failure_percentage_minimum_hosts=2,"
        "failure_percentage_request_volume=8,split_external_local_origin_errors=true,"
        "consecutive_local_origin_failure=4,enforcing_consecutive_local_origin_failure=100,"
        "enforcing_local_origin_success_rate=100,"
        "enforcing_failure_percentage_local_origin=100,healthy_panic_threshold=61.5");
}

TEST_CASE("a MeshCircuitBreaker of gateway failures alone counts no 500") {
  const auto imported = read_as("k.yaml", kuma("          detectors:\n"
                                               "            gatewayFailures: {consecutive: 3}\n"));
  REQUIRE(imported.counts);
  CHECK(format_outcome_changes(imported.counts->changes) == "500-501=success,505-999=success");
}

TEST_CASE("a MeshCircuitBreaker of Kubernetes has its limits, and its inbound rules one host") {
  const auto text =
      "apiVersion: kuma.io/v1alpha1\n"
      "kind: MeshCircuitBreaker\n"
      "metadata: {name: shop}\n"
      "spec:\n"
      "  targetRef: {kind: Mesh}\n"
      "  rules:\n"
      "    - default:\n"
      "        connectionLimits: {maxRequests: 9, maxConnections: 4}\n"
      "        outlierDetection: {detectors: {totalFailures: {consecutive: 2}}}\n"
      "  to:\n"
      "    - targetRef: {kind: Mesh}\n"
      "      default: {connectionLimits: {maxRequests: 3}}\n";
  const auto imported = read_as("k.yaml", text);
  CHECK(imported.instance == "shop/rules");
  CHECK_THAT(imported.choice.text(), ContainsSubstring(",hosts=1"));
  REQUIRE(imported.bulkhead);
  CHECK(imported.bulkhead->concurrent == 9);
  CHECK(tells(imported.ignored, 8, "maxConnections", "not a circuit breaker"));
}

TEST_CASE("what Kuma would refuse is refused, at its place") {
  for (const auto& [detection, why] : std::map<std::string, std::string>{
           {"          interval: 5s\n",
            "k.yaml:8:9: outlierDetection of a MeshCircuitBreaker has no detectors"},
           {"          detectors: {totalFailures: {consecutive: 0}}\n",
            "k.yaml:9:52: consecutive must be greater than 0"},
           {"          detectors: {totalErrors: {consecutive: 1}}\n", "no key 'totalErrors'"},
           {"          detectors: {successRate: {standardDeviationFactor: 0}}\n",
            "standardDeviationFactor must be greater than 0"},
           {"          disabled: true\n          detectors: {totalFailures: {consecutive: 1}}\n",
            "this outlierDetection is disabled"},
           {"          detectors: {totalFailures: 5}\n",
            "k.yaml:9:38: totalFailures is a block of keys"},
           {"          detectors: {successRate: true}\n",
            "k.yaml:9:36: successRate is a block of keys"},
           {"          interval: 5\n          detectors: {totalFailures: {consecutive: 1}}\n",
            "k.yaml:9:21"}}) {
    INFO(detection);
    CHECK_THAT(refused_as("k.yaml", kuma(detection)).message, ContainsSubstring(why));
  }
}

// --- Consul

TEST_CASE("a passive health check of Consul is Envoy's, without panic") {
  const auto imported = read_as("defaults.json",
                                "{\"Kind\": \"service-defaults\", \"Name\": \"shop\",\n"
                                "\"UpstreamConfig\": {\"Overrides\": [{\"Name\": \"payment\",\n"
                                "\"Limits\": {\"MaxConcurrentRequests\": 5, "
                                "\"MaxConnections\": 9},\n"
                                "\"PassiveHealthCheck\": {\"Interval\": \"30s\", "
                                "\"MaxFailures\": 10, \"EnforcingConsecutive5xx\": 80,\n"
                                "\"MaxEjectionPercent\": 50, \"BaseEjectionTime\": \"1m\"}}]}}");
  CHECK(imported.format == "Consul passive health check");
  CHECK(imported.instance == "payment");
  CHECK(imported.choice.text() ==
        "envoy,consecutive_5xx=10,interval=30s,base_ejection_time=1m,max_ejection_percent=50,"
        "enforcing_consecutive_5xx=80,healthy_panic_threshold=0");
  CHECK(imported.bulkhead->concurrent == 5);
  CHECK(tells(imported.ignored, 3, "MaxConnections", "not a circuit breaker"));
  CHECK(tells(imported.warnings, 4, "hosts", "the file does not say how many hosts"));
}

TEST_CASE("ServiceDefaults of Kubernetes and a proxy's registration have the same check") {
  CHECK(read_as("d.yaml",
                "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\n"
                "metadata: {name: shop}\nspec:\n  upstreamConfig:\n    defaults:\n"
                "      passiveHealthCheck: {interval: 10s, maxFailures: 2}\n")
            .instance == "Defaults");
  const auto imported = read_as(
      "proxy.json",
      "{\"service\": {\"name\": \"shop\", \"connect\": {\"sidecar_service\": {\"proxy\": "
      "{\"upstreams\": [{\"destination_name\": \"db\", \"config\": {\"passive_health_check\": "
      "{\"max_failures\": 0, \"interval\": \"0s\"}}}]}}}}}");
  CHECK(imported.instance == "db");
  CHECK(imported.choice.text() == "envoy,healthy_panic_threshold=0");
  CHECK(tells(imported.ignored, 1, "MaxFailures", "so Envoy's default applies"));
  CHECK(tells(imported.ignored, 1, "Interval", "so Envoy's default applies"));
}

TEST_CASE("a number is nanoseconds to Consul, as consul config read prints them") {
  CHECK(read_as("d.json",
                "{\"Name\": \"a\", \"PassiveHealthCheck\": {\"MaxFailures\": 3, "
                "\"Interval\": 30000000000, \"BaseEjectionTime\": 1500000000}}")
            .choice.text() ==
        "envoy,consecutive_5xx=3,interval=30s,base_ejection_time=1.5s,healthy_panic_threshold=0");
  CHECK_THAT(
      refused_as("d.json", "{\"Name\": \"a\", \"PassiveHealthCheck\": {\"Interval\": \"10\"}}")
          .message,
      StartsWith("d.json:1:50: '10' has no unit"));
}

TEST_CASE("a key that Consul's check does not have is refused") {
  CHECK_THAT(refused_as("d.json", "{\"Name\": \"a\", \"PassiveHealthCheck\": {\"MaxFailure\": 2}}")
                 .message,
             StartsWith("d.json:1:38: a passive health check of Consul has no key 'MaxFailure'"));
}

// --- Linkerd

namespace {

std::string service(const std::string& annotations) {
  return "kind: Service\nmetadata:\n  name: backend\n  annotations:\n    team: shop\n" +
         annotations;
}

const std::string accrual = "    balancer.linkerd.io/failure-accrual";

}  // namespace

TEST_CASE("the annotations of a Service are Linkerd's failure accrual") {
  const auto imported = read_as(
      "s.yaml",
      service(accrual + ": consecutive\n" + accrual + "-consecutive-max-failures: \"8\"\n" +
              accrual + "-consecutive-min-penalty: 500ms\n" + accrual +
              "-consecutive-max-penalty: 1d\n" + accrual + "-consecutive-jitter-ratio: \"1.5\"\n"));
  CHECK(imported.format == "Linkerd failure accrual");
  CHECK(imported.instance == "backend");
  CHECK(imported.choice.text() ==
        "linkerd,max-failures=8,min-penalty=500ms,max-penalty=24h,jitter-ratio=1.5");
  CHECK(tells(imported.warnings, 6, "", "each endpoint of the Service has its own breaker"));
  CHECK_FALSE(imported.timeout);
}

TEST_CASE("a timeout of Linkerd's own counts, and comes along") {
  const auto imported =
      read_as("s.yaml", service(accrual + ": consecutive\n"
                                          "    timeout.linkerd.io/response: 2s\n"));
  CHECK(imported.choice.text() == "linkerd");
  CHECK(imported.timeout->length == std::chrono::seconds(2));
  CHECK(OutcomeRules().with(imported.counts->changes).of({CallEnd::Kind::timeout, 0}) ==
        Outcome::failure);
}

TEST_CASE("Linkerd's retries and other timeouts are told") {
  const auto imported = read_as("s.yaml", service(accrual + ": consecutive\n"
                                                            "    retry.linkerd.io/http: 5xx\n"
                                                            "    timeout.linkerd.io/idle: 3s\n"));
  CHECK(tells(imported.ignored, 7, "retry.linkerd.io/http",
              "in Linkerd each retry is a call through the breaker"));
  CHECK(tells(imported.ignored, 8, "timeout.linkerd.io/idle", "is left out"));
}

TEST_CASE("what Linkerd's controller would refuse is refused, at its place") {
  for (const auto& [annotations, why] : std::map<std::string, std::string>{
           {": unified\n",
            "s.yaml:6:42: 'unified' is a kind of failure accrual that tripcurve does not"},
           {"-consecutive-max-failures: \"3\"\n", "s.yaml:6:5: without"},
           {": consecutive\n" + accrual + "-consecutive-min-penalty: 10\n",
            "'10' is not a valid duration in Linkerd"},
           {": consecutive\n" + accrual + "-consecutive-min-penalty: 1m30s\n",
            "'1m30s' is not a valid duration in Linkerd"},
           {": consecutive\n" + accrual + "-consecutive-min-penalty: 2m\n", "s.yaml:7:"},
           {": consecutive\n" + accrual + "-consecutive-max-failure: 2\n", "no key"}}) {
    INFO(annotations);
    CHECK_THAT(refused_as("s.yaml", service(accrual + annotations)).message,
               ContainsSubstring(why));
  }
}

TEST_CASE("what Linkerd's edge releases add to the balancer is told") {
  const auto text = [](const std::string& mode) {
    return "kind: Service\nmetadata:\n  annotations:\n    balancer.linkerd.io/failure-accrual: " +
           mode + "\n    balancer.alpha.linkerd.io/penalize-failures: 'true'\n";
  };
  CHECK(tells(read_as("s.yaml", text("consecutive")).ignored, 5,
              "balancer.alpha.linkerd.io/penalize-failures",
              "is not an annotation of the consecutive failure accrual"));
  CHECK_THAT(refused_as("s.yaml", text("unified")).hint,
             ContainsSubstring("it also opens by a success rate; without"));
}
