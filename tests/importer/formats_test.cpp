#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

// --- Hystrix

TEST_CASE("a Hystrix command is read over hystrix.command.default") {
  const auto imported =
      read_as("a.properties",
              "hystrix.command.default.circuitBreaker.requestVolumeThreshold=30\n"
              "hystrix.command.default.circuitBreaker.errorThresholdPercentage=40\n"
              "hystrix.command.pay.circuitBreaker.errorThresholdPercentage=70\n"
              "hystrix.command.pay.metrics.rollingStats.timeInMilliseconds=20000\n"
              "hystrix.command.pay.metrics.healthSnapshot.intervalInMilliseconds=250\n"
              "hystrix.command.pay.execution.isolation.thread.timeoutInMilliseconds=3000\n",
              "pay");
  CHECK(imported.choice.text() ==
        "hystrix-1.5.18,circuitBreaker.requestVolumeThreshold=30,"
        "circuitBreaker.errorThresholdPercentage=70,metrics.rollingStats.timeInMilliseconds=20000,"
        "metrics.healthSnapshot.intervalInMilliseconds=250,execution.isolation.strategy=THREAD,"
        "execution.isolation.thread.timeoutInMilliseconds=3000");
  REQUIRE(imported.timeout);
  CHECK(imported.timeout->length == 3s);
  CHECK(imported.timeout->at.line == 6);
}

TEST_CASE("Hystrix's pool is the default one, and its timeout can be off") {
  const auto imported = read_as("a.yml",
                                "hystrix:\n"
                                "  command:\n"
                                "    default:\n"
                                "      execution.timeout.enabled: false\n"
                                "      metrics.rollingStats.numBuckets: 20\n"
                                "  threadpool:\n"
                                "    default: {coreSize: 25, maxQueueSize: -1}\n"
                                "    other: {coreSize: 5}\n");
  CHECK(imported.choice.text() ==
        "hystrix-1.5.18,execution.isolation.strategy=THREAD,coreSize=25,maxQueueSize=-1,"
        "execution.timeout.enabled=false");
  CHECK_FALSE(imported.timeout);
  CHECK(tells(imported.warnings, 4, "execution.timeout.enabled", "the library ends no call"));
  CHECK(tells(imported.ignored, 5, "rollingStats.numBuckets", "the breaker does not read it"));
  CHECK(tells(imported.ignored, 8, "hystrix.threadpool.other",
              "code decides which commands run in this pool"));
}

TEST_CASE("Hystrix names are read exactly as they are spelled") {
  const auto error =
      refused_as("a.properties", "hystrix.command.pay.circuitBreaker.requestVolumeTreshold=30\n");
  CHECK(error.message ==
        "a.properties:1:1: circuitBreaker of a Hystrix command has no key 'requestVolumeTreshold'");
  CHECK(error.hint == "did you mean 'requestVolumeThreshold'?");
  CHECK_THAT(refused_as("a.yml", "hystrix.command.pay.circuit-breaker.enabled: true\n").message,
             ContainsSubstring("a Hystrix command has no key 'circuit-breaker'"));
}

// --- .NET

namespace {

// The flags of a section with this content.
importer::Imported dotnet(const std::string& content) {
  return read_as("appsettings.json", "{\"Http\": {" + content + "}}");
}
Error dotnet_refused(const std::string& content) {
  return refused_as("appsettings.json", "{\"Http\": {" + content + "}}");
}

const std::string attempt = "\"AttemptTimeout\": {\"Timeout\": \"00:00:02\"}";

}  // namespace

TEST_CASE("a section of HttpStandardResilienceOptions is found wherever it stands, in any case") {
  const auto imported = read_as("appsettings.json",
                                "{\"A\": {\"b\": [{\"circuitbreaker\": {\"failureratio\": \"0.3\", "
                                "\"samplingduration\": \"0.00:01:00\"}}]}}");
  CHECK(imported.instance == "A:b[0]");
  CHECK(imported.choice.text() == "polly,FailureRatio=0.3,SamplingDuration=1m");
}

TEST_CASE("what a section leaves out has .NET's defaults") {
  const auto imported = dotnet("\"CircuitBreaker\": {\"MinimumThroughput\": 7}");
  CHECK(imported.choice.text() == "polly,MinimumThroughput=7");
  CHECK(imported.timeout->length == 10s);
  CHECK(imported.retry->attempts == 4);
  CHECK(imported.retry->wait == 2s);
  CHECK(imported.retry->multiplier == 2);
  CHECK(imported.bulkhead->concurrent == 1000);
  CHECK(imported.bulkhead->queue == 0U);
}

TEST_CASE("the strategies around Polly's breaker are told") {
  const auto imported = dotnet(
      attempt +
      ", \"Retry\": {\"MaxRetryAttempts\": 2, \"BackoffType\": 0, \"UseJitter\": false, \"Delay\": "
      "\"00:00:00.25\", \"MaxDelay\": \"00:01\"}, \"TotalRequestTimeout\": {\"Timeout\": \"1\"}, "
      "\"RateLimiter\": {\"DefaultRateLimiterOptions\": {\"PermitLimit\": 10, \"QueueLimit\": 3}}");
  CHECK(imported.timeout->length == 2s);
  CHECK(imported.retry->attempts == 3);
  CHECK(imported.retry->multiplier == 1);
  CHECK(imported.retry->jitter == 0);
  CHECK(imported.retry->wait == 250ms);
  CHECK(imported.retry->longest == 60s);
  CHECK(imported.bulkhead->concurrent == 10);
  CHECK(imported.bulkhead->queue == 3U);
}

TEST_CASE("the names of the previews are read, too") {
  const auto imported = dotnet(
      "\"CircuitBreakerOptions\": {\"FailureRatio\": 0.2}, \"AttemptTimeoutOptions\": "
      "{\"Timeout\": "
      "\"00:00:01\"}");
  CHECK(imported.choice.text() == "polly,FailureRatio=0.2");
  CHECK(imported.timeout->length == 1s);
}

TEST_CASE("a TimeSpan is days, hours, minutes and seconds, and a bare number is days") {
  const auto sampling = [](const std::string& text) {
    return dotnet("\"CircuitBreaker\": {\"SamplingDuration\": \"" + text + "\"}").choice.text();
  };
  CHECK(sampling("00:00:30.5000000") == "polly,SamplingDuration=30.5s");
  CHECK(sampling("1:02") == "polly,SamplingDuration=1h2m");
  CHECK(sampling("0.23:59:59") == "polly,SamplingDuration=23h59m59s");
  CHECK(sampling("0:23:59:59") == "polly,SamplingDuration=23h59m59s");
  CHECK(sampling("1") == "polly,SamplingDuration=24h");
  for (const auto* wrong : {"30s", "24:00:00", "00:60:00", "00:00:61", "0:0", "00:00:30.12345678",
                            "", ":", "1:2:3:4:5", "-00:00:30", "00:00:", "a.00:00:30"}) {
    CAPTURE(wrong);
    const auto text =
        std::string("{\"Http\": {\"CircuitBreaker\": {\"SamplingDuration\": \"") + wrong + "\"}}}";
    if (std::string(wrong) != "0:0") {
      CHECK_THAT(refused_as("appsettings.json", text).message,
                 StartsWith("appsettings.json:1:50: "));
    }
  }
  CHECK_THAT(dotnet_refused("\"CircuitBreaker\": {\"SamplingDuration\": \"30\"}").message,
             StartsWith("appsettings.json:1:50: SamplingDuration: '30' is 720h"));
  // Hours that are no hours are days, and with a colon or a point before them they are none.
  CHECK_THAT(dotnet_refused("\"CircuitBreaker\": {\"SamplingDuration\": \"24:00:00\"}").message,
             StartsWith("appsettings.json:1:50: SamplingDuration: '24:00:00' is 576h"));
  for (const auto* text : {"24:60:00", "24:24:00", "0.24:00:00", "0:24:00:00", "24:00:00.5"}) {
    CAPTURE(text);
    CHECK_THAT(
        dotnet_refused(std::string("\"CircuitBreaker\": {\"SamplingDuration\": \"") + text + "\"}")
            .message,
        ContainsSubstring("is not a TimeSpan"));
  }
}

TEST_CASE("numbers and flags of .NET are what its binder makes of their texts") {
  CHECK(dotnet("\"circuitbreaker\": {\"MINIMUMTHROUGHPUT\": \" 0x10 \", \"failureRatio\": "
               "\"0.25\"}")
            .choice.text() == "polly,FailureRatio=0.25,MinimumThroughput=16");
  CHECK(dotnet("\"CircuitBreaker\": {\"FailureRatio\": 0.5}, \"Retry\": {\"UseJitter\": \"FALSE\", "
               "\"MaxRetryAttempts\": \"+4\"}")
            .retry->attempts == 5);
  for (const auto& [options, why] : std::vector<std::pair<std::string, std::string>>{
           {"\"RateLimiter\": {\"DefaultRateLimiterOptions\": {\"PermitLimit\": 3.0}}",
            "'3.0' is not a whole number in .NET"},
           {"\"Retry\": {\"MaxRetryAttempts\": \"many\"}", "'many' is not a whole number in .NET"},
           {"\"Retry\": {\"MaxRetryAttempts\": -1}", "'-1' is not a whole number in .NET"},
           {"\"Retry\": {\"UseJitter\": 1}", "'1' is neither true nor false"},
           {"\"Retry\": {\"UseJitter\": \"yes\"}", "'yes' is neither true nor false"}}) {
    CAPTURE(options);
    CHECK_THAT(
        dotnet_refused("\"CircuitBreakerOptions\": {\"FailureRatio\": 0.5}, " + options).message,
        ContainsSubstring(why));
  }
}

TEST_CASE("what would stop a .NET host at its start is a mistake") {
  CHECK_THAT(
      dotnet_refused(attempt + ", \"TotalRequestTimeout\": {\"Timeout\": \"00:00:01\"}").message,
      ContainsSubstring("AttemptTimeout of 2s is longer than TotalRequestTimeout of 1s"));
  const auto short_window =
      dotnet_refused(attempt + ", \"CircuitBreaker\": {\"SamplingDuration\": \"00:00:03\"}");
  CHECK_THAT(short_window.message,
             ContainsSubstring("SamplingDuration of 3s is shorter than two AttemptTimeouts of 2s"));
  CHECK_THAT(short_window.hint, ContainsSubstring("set it to 4s or more"));
  CHECK(dotnet(attempt + ", \"CircuitBreaker\": {\"SamplingDuration\": \"00:00:04\"}")
            .timeout->length == 2s);
  CHECK_THAT(dotnet_refused("\"CircuitBreaker\": {\"MinimumThroughput\": 1}").message,
             StartsWith("appsettings.json:1:51: MinimumThroughput"));
  CHECK_THAT(dotnet_refused(attempt + ", \"TotalRequestTimeout\": {\"Timeout\": \"30\"}").hint,
             ContainsSubstring("from 10ms to 24h"));
  CHECK_THAT(dotnet_refused(attempt + ", \"Retry\": {\"MaxRetryAttempts\": 0}").message,
             ContainsSubstring("must be at least 1"));
  CHECK_THAT(dotnet_refused(attempt + ", \"Retry\": {\"BackoffType\": \"Cubic\"}").message,
             ContainsSubstring("'Cubic' is not a BackoffType"));
}

TEST_CASE("an unknown key in a .NET section is refused with a suggestion") {
  const auto error = dotnet_refused(attempt + ", \"CircuitBreaker\": {\"FailureRate\": 0.5}");
  CHECK_THAT(error.message, ContainsSubstring("CircuitBreaker has no key 'FailureRate'"));
  CHECK(error.hint == "did you mean 'FailureRatio'?");
  CHECK_THAT(
      dotnet_refused(attempt + ", \"CircuitBreaker\": {\"FailureRatio\": 0.5}, \"Retry_\": {}")
          .hint,
      ContainsSubstring("did you mean 'Retry'"));
}

// --- Istio

namespace {

importer::Imported istio(const std::string& detection) {
  return read_as(
      "a.yaml",
      "kind: DestinationRule\nspec:\n  host: h\n  trafficPolicy:\n    outlierDetection: {" +
          detection + "}\n");
}

const std::string always = ",enforcing_success_rate=0,healthy_panic_threshold=0";

}  // namespace

TEST_CASE("Istio's outlierDetection becomes Envoy's as Istio does it") {
  CHECK(
      istio(
          "consecutive5xxErrors: 7, interval: 5m, baseEjectionTime: 1m30s, maxEjectionPercent: 40")
          .choice.text() ==
      "envoy,consecutive_5xx=7,interval=5m,base_ejection_time=1m30s,max_ejection_percent=40,"
      "enforcing_consecutive_5xx=100" +
          always);
  CHECK(istio("consecutive5xxErrors: 0").choice.text() ==
        "envoy,enforcing_consecutive_5xx=0" + always);
  CHECK(istio("consecutiveGatewayErrors: 3").choice.text() ==
        "envoy,consecutive_gateway_failure=3,enforcing_consecutive_gateway_failure=100" + always);
  CHECK(istio("splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2")
            .choice.text() ==
        "envoy,enforcing_success_rate=0,split_external_local_origin_errors=true,"
        "consecutive_local_origin_failure=2,enforcing_consecutive_local_origin_failure=100,"
        "healthy_panic_threshold=0");
  CHECK(istio("minHealthPercent: 30").choice.text() ==
        "envoy,enforcing_success_rate=0,healthy_panic_threshold=30");
}

TEST_CASE("what Istio does not hand to Envoy is told") {
  const auto imported = istio("maxEjectionPercent: 0, consecutiveErrors: 3");
  CHECK(imported.choice.text() == "envoy" + always);
  CHECK(tells(imported.ignored, 5, "maxEjectionPercent", "default is 10 percent"));
  CHECK(tells(imported.ignored, 5, "consecutiveErrors", "replaced by consecutive5xxErrors"));
  CHECK(tells(imported.warnings, 5, "hosts", "does not say how many hosts"));
}

TEST_CASE("subsets and ports of a DestinationRule are breakers of their own") {
  const std::string rules =
      "kind: Service\nmetadata: {name: x}\n---\n"
      "kind: DestinationRule\n"
      "spec:\n"
      "  host: reviews\n"
      "  trafficPolicy:\n"
      "    connectionPool: {http: {http2MaxRequests: 9, http1MaxPendingRequests: 1}}\n"
      "    outlierDetection: {consecutive5xxErrors: 1}\n"
      "    portLevelSettings:\n"
      "      - port: {number: 8080}\n"
      "        outlierDetection: {consecutive5xxErrors: 2}\n"
      "  subsets:\n"
      "    - {name: v1, labels: {version: v1}}\n"
      "    - name: v2\n"
      "      trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}}\n";
  CHECK_THAT(refused_as("a.yaml", rules).message,
             ContainsSubstring("reviews (line 9), reviews:8080 (line 12), reviews/v2 (line 16)"));
  const auto whole = read_as("a.yaml", rules, "reviews");
  CHECK_THAT(whole.choice.text(), StartsWith("envoy,consecutive_5xx=1,"));
  CHECK(whole.bulkhead->concurrent == 9);
  CHECK_THAT(read_as("a.yaml", rules, "reviews:8080").choice.text(),
             StartsWith("envoy,consecutive_5xx=2,"));
  CHECK_THAT(read_as("a.yaml", rules, "reviews/v2").choice.text(),
             StartsWith("envoy,consecutive_5xx=3,"));
}

TEST_CASE("an unknown key of outlierDetection is refused with a suggestion") {
  const auto error = refused_as("a.yaml",
                                "kind: DestinationRule\nspec:\n  host: h\n  trafficPolicy:\n"
                                "    outlierDetection:\n      consecutive5xxError: 3\n");
  CHECK(error.message == "a.yaml:6:7: outlierDetection has no key 'consecutive5xxError'");
  CHECK(error.hint == "did you mean 'consecutive5xxErrors'?");
  CHECK_THAT(refused_as("a.yaml",
                        "kind: DestinationRule\nspec:\n  host: h\n  trafficPolicy:\n"
                        "    outlierDetection:\n      interval: 10\n")
                 .message,
             StartsWith("a.yaml:6:17: '10' has no unit"));
}

// --- Envoy

namespace {

std::string cluster(const std::string& detection, const std::string& more = "") {
  return "static_resources:\n  clusters:\n  - name: c\n    outlier_detection: {" + detection +
         "}\n" + more;
}

}  // namespace

TEST_CASE("Envoy's fields are read in both of their spellings") {
  const auto snake = read_as("a.yaml", cluster("consecutive_5xx: 3, interval: 0.5s, "
                                               "enforcing_consecutive_gateway_failure: 100"));
  const auto camel =
      read_as("a.yaml",
              "staticResources:\n  clusters:\n  - name: c\n    outlierDetection: "
              "{consecutive5xx: 3, interval: 0.500s, enforcingConsecutiveGatewayFailure: 100}\n");
  CHECK(snake.choice.text() ==
        "envoy,consecutive_5xx=3,interval=500ms,enforcing_consecutive_gateway_failure=100");
  CHECK(snake.choice.text() == camel.choice.text());
  CHECK(snake.instance == "c");
}

TEST_CASE("Envoy's hosts are counted where they are listed") {
  const std::string listed =
      "    load_assignment:\n      endpoints:\n"
      "      - lb_endpoints: [{endpoint: {}}, {endpoint: {}}]\n"
      "      - lb_endpoints: [{endpoint: {}}]\n";
  const auto imported = read_as("a.yaml", cluster("", listed));
  CHECK(imported.choice.text() == "envoy,hosts=3");
  CHECK(imported.warnings.empty());
  const auto by_name = read_as("a.yaml", cluster("", listed + "    type: STRICT_DNS\n"));
  CHECK(by_name.choice.text() == "envoy,hosts=3");
  CHECK(tells(by_name.warnings, 5, "hosts", "as many hosts as its names resolve to"));
  CHECK(tells(read_as("a.yaml", cluster("")).warnings, 3, "hosts", "does not say how many"));
}

TEST_CASE("Envoy's panic threshold and limits stand on the cluster") {
  const auto imported =
      read_as("a.yaml", cluster("consecutive_5xx: 2",
                                "    common_lb_config: {healthy_panic_threshold: {value: 25.0}}\n"
                                "    circuit_breakers:\n      thresholds:\n"
                                "      - {priority: HIGH, max_requests: 1}\n"
                                "      - {max_requests: 64, max_retries: 5}\n"));
  CHECK_THAT(imported.choice.text(), ContainsSubstring("healthy_panic_threshold=25"));
  CHECK(imported.bulkhead->concurrent == 64);
}

TEST_CASE("Envoy's durations are seconds, and its mistakes are told where they are") {
  CHECK_THAT(refused_as("a.yaml", cluster("interval: 1m")).message,
             StartsWith("a.yaml:4:35: '1m' is not a duration"));
  CHECK_THAT(refused_as("a.yaml", cluster("interval_ms: 10")).message,
             StartsWith("a.yaml:4:25: outlier_detection has no key 'interval_ms'"));
  CHECK_THAT(refused_as("a.yaml", cluster("max_ejection_percent: 101")).message,
             StartsWith("a.yaml:4:47: max_ejection_percent"));
  CHECK_THAT(
      refused_as("a.yaml", cluster("base_ejection_time: 60s, max_ejection_time: 1s")).message,
      StartsWith("a.yaml:4:"));
}

TEST_CASE("what Envoy's balancer makes of ejections comes along") {
  const auto imported = read_as(
      "a.yaml", cluster("",
                        "    common_lb_config: {update_merge_window: 0.5s, "
                        "zone_aware_lb_config: {fail_traffic_on_panic: true}}\n"
                        "    loadAssignment:\n      policy: {overprovisioningFactor: 120}\n"));
  CHECK(imported.choice.text() == "envoy,overprovisioning_factor=120,update_merge_window=500ms");
  CHECK(tells(imported.warnings, 5, "fail_traffic_on_panic",
              "in panic mode, this makes Envoy fail every"));
  CHECK_THAT(
      refused_as("a.yaml", cluster("", "    common_lb_config: {update_merge_window: 1}\n")).message,
      StartsWith("a.yaml:5:45: '1' is not a duration"));
}

TEST_CASE("fields of a newer Envoy are told, and what is nearly a known one is refused") {
  const auto imported =
      read_as("a.yaml", cluster("detect_degraded_hosts: true, someday_a_field: {x: 1}"));
  CHECK(imported.choice.text() == "envoy");
  CHECK(tells(imported.ignored, 4, "detect_degraded_hosts",
              "marks hosts as degraded and does not eject"));
  CHECK(tells(imported.ignored, 4, "someday_a_field", "is not a field of Envoy 1.40"));
  CHECK_THAT(refused_as("a.yaml", cluster("consecutive_6xx: 3")).message,
             StartsWith("a.yaml:4:25: outlier_detection has no key 'consecutive_6xx'"));
}

TEST_CASE("Envoy's integers may be written with a point, and have no fraction") {
  CHECK(read_as("a.yaml", cluster("max_ejection_percent: 50.0")).choice.text() ==
        "envoy,max_ejection_percent=50");
  CHECK_THAT(refused_as("a.yaml", cluster("max_ejection_percent: 12.5")).message,
             StartsWith("a.yaml:4:47: max_ejection_percent: '12.5' is not a whole number"));
  CHECK(read_as("a.yaml", cluster("consecutive_5xx: 0")).choice.text() ==
        "envoy,consecutive_5xx=0");
}

// --- Dapr, KrakenD

namespace {

std::string dapr(const std::string& breaker) {
  return "kind: Resiliency\nspec:\n  policies:\n    circuitBreakers:\n      b: {" + breaker + "}\n";
}

}  // namespace

TEST_CASE("a Dapr breaker is gobreaker, with its trip in gobreaker's names") {
  CHECK(
      read_as("a.yaml",
              dapr("maxRequests: 2, interval: 8s, timeout: 45s, trip: 'consecutiveFailures >= 5'"))
          .choice.text() ==
      "gobreaker,MaxRequests=2,Interval=8s,Timeout=45s,ReadyToTrip=ConsecutiveFailures >= 5");
  CHECK(read_as("a.yaml",
                dapr("trip: 'requests > 10 && double(totalFailures)/double(requests) > 0.5'"))
            .choice.text() ==
        "gobreaker,ReadyToTrip=Requests > 10 && TotalFailures/Requests > 0.5");
  CHECK(read_as("a.yaml", dapr("trip: 'double(totalFailures + 1) / double( requests ) > 0.5'"))
            .choice.text() == "gobreaker,ReadyToTrip=(TotalFailures + 1) / Requests > 0.5");
  CHECK(read_as("a.yaml", dapr("interval: 0")).choice.text() == "gobreaker,Interval=0ms");
}

namespace {

// Policies beside the breaker b, and the targets.
std::string dapr_with(const std::string& policies, const std::string& targets) {
  return "kind: Resiliency\nspec:\n  policies:\n    circuitBreakers: {b: {}}\n" + policies +
         "  targets:\n" + targets;
}

}  // namespace

TEST_CASE("a number without a unit is milliseconds to Dapr, everywhere") {
  const auto imported =
      read_as("a.yaml", dapr_with("    timeouts: {t: '250'}\n    retries: {r: {duration: '20'}}\n",
                                  "    components: {s: {outbound: "
                                  "{circuitBreaker: b, timeout: t, retry: r}}}\n"));
  CHECK(imported.timeout->length == 250ms);
  CHECK(imported.retry->wait == 20ms);
  CHECK(imported.retry->attempts == importer::Retry::endless);
  CHECK(read_as("a.yaml", dapr("timeout: '1500', interval: 0")).choice.text() ==
        "gobreaker,Interval=0ms,Timeout=1.5s");
  CHECK_FALSE(read_as("a.yaml", dapr_with("    timeouts: {t: '0'}\n",
                                          "    apps: {a: {circuitBreaker: b, timeout: t}}\n"))
                  .timeout);
}

TEST_CASE("Dapr's own retries are there without a line in the file, and are never fewer than 3") {
  const auto retry = [](const std::string& policies) {
    return read_as("a.yaml", dapr_with(policies,
                                       "    apps: {a: {circuitBreaker: b, retry: "
                                       "DaprBuiltInServiceRetries}}\n"));
  };
  CHECK(retry("").retry->attempts == 4);
  CHECK(retry("").retry->wait == 1s);
  const auto few = retry("    retries: {DaprBuiltInServiceRetries: {maxRetries: 1}}\n");
  CHECK(few.retry->attempts == 4);
  CHECK(tells(few.warnings, 5, "DaprBuiltInServiceRetries", "at least 3"));
  CHECK(retry("    retries: {DaprBuiltInServiceRetries: {maxRetries: 7}}\n").retry->attempts == 8);
}

TEST_CASE("retries of Dapr that grow apart end after a quarter of an hour, which is told") {
  const auto imported = read_as(
      "a.yaml", dapr_with("    retries: {r: {policy: exponential}}\n",
                          "    components: {s: {inbound: {circuitBreaker: b, retry: r}}}\n"));
  CHECK(imported.retry->wait == 500ms);
  CHECK(tells(imported.warnings, 5, "r", "15 minutes"));
}

TEST_CASE("default policies of Dapr go from the special to the general") {
  const auto read = [](const std::string& breaker, const std::string& timeouts) {
    return read_as("a.yaml", "kind: Resiliency\nspec:\n  policies:\n    circuitBreakers: {" +
                                 breaker + ": {}}\n    timeouts: {" + timeouts + "}\n");
  };
  CHECK(read("DefaultAppCircuitBreakerPolicy", "DefaultTimeoutPolicy: 3s").timeout->length == 3s);
  CHECK(read("DefaultAppCircuitBreakerPolicy",
             "DefaultTimeoutPolicy: 3s, DefaultAppTimeoutPolicy: 2s")
            .timeout->length == 2s);
  CHECK(read("DefaultStatestoreComponentOutboundCircuitBreakerPolicy",
             "DefaultComponentOutboundTimeoutPolicy: 4s, DefaultTimeoutPolicy: 3s")
            .timeout->length == 4s);
  CHECK(read("DefaultCircuitBreakerPolicy", "DefaultTimeoutPolicy: 3s").timeout->length == 3s);
  CHECK_FALSE(read("Default", "DefaultTimeoutPolicy: 3s").timeout);
}

TEST_CASE("how many breakers Dapr has is told, and an actor's without a scope is refused") {
  const auto app = read_as(
      "a.yaml", dapr_with("", "    apps: {a: {circuitBreaker: b, circuitBreakerCacheSize: 9}}\n"));
  CHECK(tells(app.warnings, 6, "a", "each method of the app has a breaker of its own"));
  CHECK(tells(app.ignored, 6, "circuitBreakerCacheSize", "how many breakers"));
  CHECK(tells(read_as("a.yaml", dapr_with("",
                                          "    actors: {c: {circuitBreaker: b, "
                                          "circuitBreakerScope: type}}\n"))
                  .ignored,
              6, "circuitBreakerScope", "how many breakers"));
  CHECK_THAT(refused_as("a.yaml", dapr_with("", "    actors: {c: {circuitBreaker: b}}\n")).message,
             StartsWith("a.yaml:6:14: an actor's circuitBreaker needs a circuitBreakerScope"));
}

TEST_CASE("CEL that tripcurve cannot evaluate is refused where it stands") {
  const auto error = refused_as("a.yaml", dapr("trip: 'totalFailures / requests > 0'"));
  CHECK_THAT(error.message,
             StartsWith("a.yaml:5:17: CEL divides whole numbers and drops the remainder"));
  CHECK_THAT(refused_as("a.yaml", dapr("trip: 'failures > 5'")).message,
             StartsWith("a.yaml:5:17: ReadyToTrip"));
  CHECK_THAT(refused_as("a.yaml", dapr("trips: 'x'")).hint,
             ContainsSubstring("did you mean 'trip'"));
}

TEST_CASE("KrakenD opens on one error more than max_errors") {
  const auto imported =
      read_as("k.json",
              "{\"endpoints\": [{\"backend\": [{\"url_pattern\": \"/a\", \"extra_config\": "
              "{\"qos/circuit-breaker\": {\"interval\": 60, \"timeout\": 10, \"max_errors\": 1, "
              "\"log_status_change\": true}}}]}]}");
  CHECK(imported.instance == "/a");
  CHECK(imported.choice.text() ==
        "gobreaker,Interval=60s,Timeout=10s,ReadyToTrip=ConsecutiveFailures > 1");
  CHECK(read_as("k.json",
                "{\"github.com/devopsfaith/krakend-circuitbreaker/gobreaker\": {\"interval\": 60, "
                "\"timeout\": 10, \"maxErrors\": 4, \"name\": \"old\"}}")
            .instance == "old");
  CHECK_THAT(refused_as("k.json", "{\"qos/circuit-breaker\": {\"interval\": 60}}").message,
             ContainsSubstring("needs max_errors"));
  CHECK_THAT(
      refused_as("k.json", "{\"qos/circuit-breaker\": {\"interval\": \"60s\", \"max_errors\": 1}}")
          .message,
      StartsWith("k.json:1:38: '60s' is not a number"));
}

namespace {

// What the breaker counts as failures, of these ends.
bool counts(const importer::Imported& imported, int status) {
  REQUIRE(imported.counts);
  return OutcomeRules()
             .with(imported.counts->changes)
             .of({CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}) == Outcome::failure;
}

bool counts_timeouts(const importer::Imported& imported) {
  REQUIRE(imported.counts);
  return OutcomeRules().with(imported.counts->changes).of({CallEnd::Kind::timeout, 0}) ==
         Outcome::failure;
}

// A gateway with one backend and what stands around its breaker.
importer::Imported krakend(const std::string& service, const std::string& endpoint,
                           const std::string& backend, const std::string& config) {
  return read_as("k.json", "{" + service + "\"endpoints\": [{" + endpoint + "\"backend\": [{" +
                               backend + "\"extra_config\": {" + config +
                               "\"qos/circuit-breaker\": {\"max_errors\": 1}}}]}]}");
}

}  // namespace

TEST_CASE("an error to KrakenD is every answer but a 200 and a 201") {
  const auto usual = krakend("", "", "", "");
  for (const int status : {204, 302, 404, 429, 500, 503}) {
    CHECK(counts(usual, status));
  }
  CHECK_FALSE(counts(usual, 200));
  CHECK_FALSE(counts(usual, 201));
  CHECK(counts_timeouts(usual));
}

TEST_CASE("an answer that KrakenD hands on as it is never is an error to its breaker") {
  const std::string no_op = "\"encoding\": \"no-op\", ";
  const std::string output = "\"output_encoding\": \"no-op\", ";
  for (const auto& passing :
       {krakend("", "", no_op, ""), krakend("", output, "", ""), krakend(output, "", "", ""),
        krakend("", "", "", "\"backend/http\": {\"return_error_details\": \"a\"}, ")}) {
    CHECK_FALSE(counts(passing, 500));
    CHECK_FALSE(counts(passing, 404));
    CHECK(counts_timeouts(passing));
    CHECK(passing.counts->at.line == 1);
    CHECK_THAT(passing.counts->why, ContainsSubstring("none of them is an error"));
  }
  // An endpoint's own output is before the service's, and another encoding is the usual case.
  CHECK(counts(krakend(output, "\"output_encoding\": \"json\", ", "", ""), 500));
  CHECK(counts(krakend("", "", "\"encoding\": \"json\", ", ""), 500));
  CHECK(counts(krakend("", "", "", "\"backend/http\": {\"return_error_code\": true}, "), 500));
}

TEST_CASE("Dapr counts what is below 200 or above 399, whatever its retries match") {
  const auto imported =
      read_as("a.yaml",
              "kind: Resiliency\nspec:\n  policies:\n    retries:\n      r:\n        matching:\n"
              "          httpStatusCodes: 500-599\n    circuitBreakers:\n      b: {}\n");
  for (const int status : {103, 400, 404, 429, 500}) {
    CHECK(counts(imported, status));
  }
  CHECK_FALSE(counts(imported, 200));
  CHECK_FALSE(counts(imported, 302));
  CHECK_THAT(refused_as("a.yaml", dapr("matching: {httpStatusCodes: 500}")).message,
             ContainsSubstring("has no key 'matching'"));
}

TEST_CASE(".NET's standard handler counts 408 and 429 beside 5xx") {
  const auto imported =
      read_as("a.json",
              "{\"R\": {\"CircuitBreaker\": {\"FailureRatio\": 0.5}, \"AttemptTimeout\": "
              "{\"Timeout\": \"00:00:02\"}}}");
  for (const int status : {408, 429, 500, 503}) {
    CHECK(counts(imported, status));
  }
  CHECK_FALSE(counts(imported, 404));
  CHECK(counts_timeouts(imported));
}

TEST_CASE("where gateway errors alone eject, Envoy and Istio count 502 to 504 and no 500") {
  const auto istio = [](const std::string& detection) {
    return read_as("d.yaml",
                   "kind: DestinationRule\nspec:\n  host: a\n  trafficPolicy:\n"
                   "    outlierDetection: {" +
                       detection + "}\n");
  };
  const auto only = istio("consecutive5xxErrors: 0, consecutiveGatewayErrors: 3");
  CHECK_FALSE(counts(only, 500));
  CHECK(counts(only, 502));
  CHECK(counts(only, 504));
  CHECK_FALSE(counts(only, 505));
  CHECK(counts_timeouts(only));
  CHECK_FALSE(istio("consecutiveGatewayErrors: 3").counts);  // a 500 counts by the other rule
  const auto envoy = [](const std::string& detection) {
    return read_as("e.yaml",
                   "clusters:\n  - name: a\n    outlier_detection: {" + detection + "}\n");
  };
  const std::string off =
      "enforcing_consecutive_5xx: 0, enforcing_consecutive_gateway_failure: 100";
  CHECK_FALSE(counts(envoy(off + ", enforcing_success_rate: 0"), 500));
  CHECK_FALSE(envoy(off).counts);  // a success rate has every status in it
  const std::string zero = "consecutive_5xx: 0, enforcing_success_rate: 0, ";
  CHECK_FALSE(counts(envoy(zero + "enforcing_consecutive_gateway_failure: 100"), 500));
  CHECK_FALSE(envoy(zero + "consecutive_gateway_failure: 0").counts);
}

TEST_CASE("what a breaker counts stands beside plain settings, as text or as a map") {
  for (const auto* written :
       {"'404=failure,timeout=ignored'", "{404: failure, timeout: ignored}"}) {
    const auto imported = read_as(
        "b.yaml", std::string("breaker: {dialect: polly}\n") + "breaker_counts: " + written + "\n");
    CHECK(counts(imported, 404));
    CHECK(counts(imported, 429));  // as polly does
    CHECK_FALSE(counts_timeouts(imported));
  }
  CHECK_FALSE(read_as("b.yaml", "breaker: {dialect: polly}\n").counts);
  CHECK(refused_as("b.yaml", "breaker: {dialect: polly}\nbreaker_counts: 40=failure\n").message ==
        "b.yaml:2:17: breaker_counts: '40' is not a result of a call");
}

// --- hystrix-go, plain

TEST_CASE("a command of hystrix-go has its library's defaults for zeros") {
  const auto imported = read_as("h.json",
                                "{\"pay\": {\"timeout\": 0, \"max_concurrent_requests\": 100, "
                                "\"error_percent_threshold\": 0, \"sleep_window\": 2000}}");
  CHECK(imported.instance == "pay");
  CHECK(imported.choice.text() == "hystrix-go,sleep_window=2000,max_concurrent_requests=100");
  CHECK(imported.timeout->length == 1s);
  const auto own = read_as("h.json", "{\"pay\": {\"timeout\": 3000, \"sleep_window\": 2000}}");
  CHECK(own.choice.text() == "hystrix-go,sleep_window=2000,timeout=3000");
  CHECK(own.timeout->length == 3s);
}

TEST_CASE("plain settings name their dialect, with dots or nested, lists with slashes") {
  const auto text = [](const std::string& json) { return read_as("p.json", json).choice.text(); };
  CHECK(text("{\"dialect\": \"opossum\", \"timeout\": false, \"resetTimeout\": 5000}") ==
        "opossum,timeout=false,resetTimeout=5000");
  CHECK(text("{\"breaker\": {\"dialect\": \"cockatiel\", \"breaker\": {\"type\": "
             "\"ConsecutiveBreaker\", "
             "\"threshold\": 3}, \"halfOpenAfter.type\": \"IterableBackoff\", "
             "\"halfOpenAfter.durations\": [100, 300]}}") ==
        "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=3,"
        "halfOpenAfter.type=IterableBackoff,halfOpenAfter.durations=100/300");
  CHECK(read_as("p.yaml", "dialect: gobreaker\nReadyToTrip: ConsecutiveFailures > 2\n")
            .choice.text() == "gobreaker,ReadyToTrip=ConsecutiveFailures > 2");
}

TEST_CASE("mistakes in plain settings are those of the dialect, with their place") {
  CHECK(refused_as("p.yaml", "dialect: opossm\n").message ==
        "p.yaml:1:10: unknown breaker dialect 'opossm'");
  CHECK_THAT(refused_as("p.yaml", "dialect: opossum\nresetTimeuot: 5\n").message,
             StartsWith("p.yaml:2:15: unknown opossum setting 'resetTimeuot'"));
  CHECK_THAT(refused_as("p.yaml", "dialect: classic\na: {b: 1}\na.b: 2\n").message,
             StartsWith("p.yaml:3:1: 'a.b' is given twice"));
  CHECK_THAT(refused_as("p.yaml", "jpa: {dialect: org.hibernate.X}\n").message,
             ContainsSubstring("no circuit breaker that tripcurve can read"));
}
