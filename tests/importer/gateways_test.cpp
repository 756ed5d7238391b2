// Dapr, KrakenD, Istio and .NET: what stands around the breaker, and what they write otherwise.
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

// --- Dapr

namespace {

std::string trip(const std::string& condition) {
  return "kind: Resiliency\nspec:\n  policies:\n    circuitBreakers:\n      b:\n        trip: \"" +
         condition + "\"\n";
}

std::string tripping(const std::string& condition) {
  const auto flag = read_as("a.yaml", trip(condition)).choice.text();
  return flag.substr(flag.find('=') + 1);
}

const std::string policies =
    "kind: Resiliency\n"
    "spec:\n"
    "  policies:\n"
    "    timeouts: {short: 2s, long: 1m}\n"
    "    retries:\n"
    "      few: {policy: constant, duration: 3s, maxRetries: 4}\n"
    "      endless: {policy: exponential, maxInterval: 15s}\n"
    "    circuitBreakers:\n"
    "      cb: {timeout: 60s}\n"
    "  targets:\n";

}  // namespace

TEST_CASE("a double and a whole number in Dapr's trip are an error of CEL, which does not trip") {
  const auto imported =
      read_as("a.yaml", trip("requests > 9 && double(totalFailures) / requests > 0.3"));
  CHECK(imported.choice.text() == "gobreaker,ReadyToTrip=Requests > 9 && 0 > 1");
  CHECK(tells(imported.warnings, 6, "trip", "Dapr does not trip"));
  CHECK(tells(imported.warnings, 6, "trip", "double(totalFailures) / double(requests)"));
  CHECK(tripping("totalFailures * 0.5 > 3.0") == "0 > 1");
  CHECK(tripping("requests - 1.0 > 3.0 || consecutiveFailures > 5") ==
        "0 > 1 || ConsecutiveFailures > 5");
  CHECK(tripping("(totalFailures / double(requests)) >= 0.5") == "0 > 1");
}

TEST_CASE("a long trip costs no more than its length") {
  std::string condition = "requests > 9";
  for (int i = 0; i < 100'000; ++i) {
    condition += " && requests > 9";
  }
  CHECK(tripping(condition).size() == condition.size());  // quadratic, it would copy 75 GB
}

TEST_CASE("what CEL can evaluate of a trip is read as it is") {
  for (const auto& [written, meant] : std::vector<std::pair<std::string, std::string>>{
           {"double(totalFailures) / double(requests) > 0.3", "TotalFailures / Requests > 0.3"},
           {"double(totalFailures)*2.0 > 0.3", "TotalFailures*2.0 > 0.3"},
           {"consecutiveFailures > 5.5", "ConsecutiveFailures > 5.5"},
           {"totalFailures + 1 > requests - 2", "TotalFailures + 1 > Requests - 2"},
           {"!(requests < 5)", "!(Requests < 5)"},
           {"double(totalFailures + 1) > 2.0", "(TotalFailures + 1) > 2.0"},
           {"consecutiveFailures > 3 && (requests > 5 || totalFailures > 2)",
            "ConsecutiveFailures > 3 && (Requests > 5 || TotalFailures > 2)"}}) {
    CAPTURE(written);
    CHECK(tripping(written) == meant);
    CHECK(read_as("a.yaml", trip(written)).warnings.empty());
  }
}

TEST_CASE("a trip that Dapr would not load, or that nobody can play, is refused") {
  const auto refused = [](const std::string& condition) {
    return refused_as("a.yaml", trip(condition)).message;
  };
  CHECK_THAT(refused("double(totalFailures) / 2 > 1.0"), ContainsSubstring("does not load"));
  CHECK_THAT(refused("double(totalFailures) > 5"),
             ContainsSubstring("CEL cannot compare a double with a whole"));
  CHECK_THAT(refused("totalFailures / requests > 0.3"),
             ContainsSubstring("CEL divides whole numbers and drops the remainder,"));
  CHECK_THAT(refused("!(totalFailures * 0.5 > 3.0)"), ContainsSubstring("behind !"));
  CHECK_THAT(refused("size(x) > 3"), StartsWith("a.yaml:6:15: ReadyToTrip"));
  CHECK_THAT(refused("(requests > 3"), StartsWith("a.yaml:6:15: ReadyToTrip"));
}

TEST_CASE("the timeout and the retry of a Dapr target come along") {
  const auto app = read_as(
      "a.yaml",
      policies + "    apps:\n      shop: {timeout: short, retry: few, circuitBreaker: cb}\n");
  CHECK(app.instance == "cb");
  CHECK(app.timeout->length == 2s);
  CHECK(app.timeout->at.line == 4);
  CHECK(app.retry->attempts == 5);
  CHECK(app.retry->wait == 3s);
  CHECK(app.retry->multiplier == 1);
  const auto component =
      read_as("a.yaml", policies +
                            "    components:\n      state:\n        outbound: {retry: endless, "
                            "circuitBreaker: cb}\n        inbound: {timeout: short}\n");
  CHECK_FALSE(component.timeout);
  CHECK(component.retry->attempts == importer::Retry::endless);
  CHECK(component.retry->wait == 500ms);
  CHECK(component.retry->longest == 15s);
  const auto unused = read_as("a.yaml", policies + "    apps:\n      shop: {timeout: short}\n");
  CHECK_FALSE(unused.timeout);
  CHECK_FALSE(unused.retry);
}

TEST_CASE("a Dapr breaker of targets with other timeouts is one for each") {
  const auto text = policies +
                    "    apps:\n"
                    "      shop: {timeout: short, circuitBreaker: cb}\n"
                    "      cart: {timeout: long, circuitBreaker: cb}\n"
                    "      list: {timeout: long, circuitBreaker: cb}\n";
  CHECK(refused_as("a.yaml", text, "cb").message ==
        "a.yaml: 2 circuit breakers have the name 'cb': cb/shop (line 12), cb/cart (line 13)");
  CHECK(read_as("a.yaml", text, "cb/shop").timeout->length == 2s);
  CHECK(read_as("a.yaml", text, "cart").timeout->length == 1min);
  CHECK(read_as("a.yaml", text, "cb/list").timeout->length == 1min);
}

TEST_CASE("Dapr's default policies belong together by their names") {
  const auto imported = read_as("a.yaml",
                                "kind: Resiliency\nspec:\n  policies:\n"
                                "    timeouts: {DefaultAppTimeoutPolicy: 7s}\n"
                                "    retries: {DefaultAppRetryPolicy: {maxRetries: 1}}\n"
                                "    circuitBreakers: {DefaultAppCircuitBreakerPolicy: {}}\n");
  CHECK(imported.timeout->length == 7s);
  CHECK(imported.retry->attempts == 2);
  CHECK(imported.retry->wait == 5s);
}

// --- KrakenD

namespace {

Duration krakend_timeout(const std::string& service, const std::string& endpoint,
                         const std::string& more_backends = "") {
  const auto imported =
      read_as("k.json", "{" + service + "\"endpoints\": [{\"endpoint\": \"/a\", " + endpoint +
                            "\"backend\": [{\"url_pattern\": \"/x\", \"extra_config\": "
                            "{\"qos/circuit-breaker\": {\"max_errors\": 1, \"@comment\": \"x\"}}}" +
                            more_backends + "]}]}");
  REQUIRE(imported.timeout);
  return imported.timeout->length;
}

}  // namespace

TEST_CASE("a KrakenD backend ends with its endpoint's timeout, or its part of it") {
  const std::string own = "\"timeout\": \"800ms\", ";
  CHECK(krakend_timeout("", "") == 2s);
  CHECK(krakend_timeout("\"timeout\": \"3s\", ", "") == 3s);
  CHECK(krakend_timeout("\"timeout\": \"3s\", ", own) == 800ms);
  CHECK(krakend_timeout("", own, ", {\"url_pattern\": \"/y\"}") == 680ms);
  CHECK(krakend_timeout("", own + "\"concurrent_calls\": 2, ") == 600ms);
  CHECK(krakend_timeout("", own + "\"concurrent_calls\": 1, ") == 800ms);
  CHECK_FALSE(read_as("k.json", "{\"qos/circuit-breaker\": {\"max_errors\": 1}}")
                  .timeout);  // of no endpoint
  const auto several = read_as(
      "k.json",
      "{\"endpoints\": [{\"endpoint\": \"/a\",\n\"concurrent_calls\": 3,\n\"backend\": [{}, "
      "{\"extra_config\": {\"qos/circuit-breaker\": {\"max_errors\": 1}}}]}]}");
  CHECK(several.timeout->length == 1500ms);  // 75% of the whole, which ends before 85%
  CHECK(tells(several.warnings, 2, "concurrent_calls", "makes 3 calls"));
  CHECK(tells(several.warnings, 3, "backend", "85%"));
  CHECK_THAT(refused_as("k.json",
                        "{\"endpoints\": [{\"endpoint\": \"/a\", \"timeout\": 3, \"backend\": "
                        "[{\"extra_config\": {\"qos/circuit-breaker\": {\"max_errors\": 1}}}]}]}")
                 .message,
             StartsWith("k.json:1:46: '3' has no unit"));
}

TEST_CASE("a timeout that KrakenD cannot read is passed over, which is told") {
  CHECK(krakend_timeout("\"timeout\": \"3s\", ", "\"timeout\": \"800\", ") == 3s);
  CHECK(krakend_timeout("\"timeout\": \"soon\", ", "\"timeout\": \"0s\", ") == 2s);
  const auto imported =
      read_as("k.json",
              "{\"endpoints\": [{\"endpoint\": \"/a\",\n\"timeout\": \"800\",\n\"extra_config\": "
              "{\"proxy\": {\"sequential\": true}},\n\"backend\": [{}, {\"extra_config\": "
              "{\"qos/circuit-breaker\": {\"max_errors\": 1}}}]}]}");
  CHECK(tells(imported.warnings, 2, "timeout", "KrakenD ignores '800'"));
  CHECK(tells(imported.warnings, 4, "backend", "one after the other"));
}

// --- Istio

TEST_CASE("a subset inherits the connection pool, and the detector where it has only a pool") {
  const std::string rule =
      "kind: DestinationRule\nspec:\n  host: h\n  trafficPolicy:\n"
      "    connectionPool:\n"
      "      tcp: {maxConnections: 7, connectTimeout: 1s}\n"
      "      http: {http2MaxRequests: 9, maxRetries: 2}\n"
      "    outlierDetection: {consecutive5xxErrors: 1}\n"
      "  subsets:\n"
      "  - name: v1\n    trafficPolicy: {outlierDetection: {consecutive5xxErrors: 2}}\n"
      "  - name: v2\n    trafficPolicy: {connectionPool: {http: {http2MaxRequests: 3}}}\n"
      "  - name: v3\n    trafficPolicy: {loadBalancer: {simple: RANDOM}}\n";
  const auto v1 = read_as("d.yaml", rule, "h/v1");
  CHECK_THAT(v1.choice.text(), StartsWith("envoy,consecutive_5xx=2,"));
  CHECK(v1.bulkhead->concurrent == 7);
  CHECK(tells(v1.ignored, 6, "tcp.connectTimeout", "about single connections"));
  CHECK_FALSE(tells(v1.ignored, 6, "tcp.maxConnections", ""));
  const auto v2 = read_as("d.yaml", rule, "h/v2");
  CHECK_THAT(v2.choice.text(), StartsWith("envoy,consecutive_5xx=1,"));
  CHECK(v2.bulkhead->concurrent == 3);
  CHECK_THAT(refused_as("d.yaml", rule, "h/v3").message, ContainsSubstring("no circuit breaker"));
}

TEST_CASE("fields of Envoy in Istio's outlierDetection are told, and typos refused") {
  const auto imported =
      read_as("d.yaml",
              "kind: DestinationRule\nspec:\n  host: h\n  trafficPolicy:\n    outlierDetection:\n"
              "      failurePercentageThreshold: 50\n      successRateStdevFactor: 1900\n"
              "      consecutive5xxErrors: 4\n");
  CHECK_THAT(imported.choice.text(), StartsWith("envoy,consecutive_5xx=4,"));
  CHECK(tells(imported.ignored, 6, "failurePercentageThreshold", "is Envoy's own"));
  CHECK(tells(imported.ignored, 7, "successRateStdevFactor", "is Envoy's own"));
}

// --- .NET

TEST_CASE("a colon in a key of .NET is a step down") {
  const auto imported =
      read_as("a.json",
              "{\"Http:CircuitBreaker:FailureRatio\": 0.2,\n"
              "\"Http:CircuitBreaker:SamplingDuration\": \"00:01:00\",\n"
              "\"http\": {\"circuitbreaker:MinimumThroughput\": 7, \"AttemptTimeout:Timeout\": "
              "\"00:00:03\"}}");
  CHECK(imported.choice.text() == "polly,FailureRatio=0.2,MinimumThroughput=7,SamplingDuration=1m");
  CHECK(imported.instance == "Http");
  CHECK(imported.timeout->length == 3s);
  CHECK_THAT(
      refused_as("a.json",
                 "{\"Http:CircuitBreaker:FailureRatio\": 0.2, \"Http\": {\"CircuitBreaker\": "
                 "{\"FailureRatio\": 0.3}}}")
          .message,
      ContainsSubstring("'FailureRatio' is given twice"));
  CHECK_THAT(refused_as("a.json", "{\"" + std::string(5000, ':') + "\": 1}").message,
             ContainsSubstring("no circuit breaker"));
}

TEST_CASE("the options of hedging have the breaker of each endpoint") {
  const auto imported =
      read_as("a.json",
              "{\"Search\": {\"Hedging\": {\"MaxHedgedAttempts\": 3, \"Delay\": \"00:00:01\"},\n"
              "\"Endpoint\": {\"CircuitBreaker\": {\"FailureRatio\": 0.4}, \"Timeout\": "
              "{\"Timeout\": \"00:00:02\"}, \"RateLimiter\": {\"DefaultRateLimiterOptions\": "
              "{\"PermitLimit\": 5}}}}}");
  CHECK(imported.instance == "Search");
  CHECK(imported.choice.text() == "polly,FailureRatio=0.4");
  CHECK(imported.timeout->length == 2s);
  CHECK(imported.bulkhead->concurrent == 5);
  CHECK_FALSE(imported.retry);
  CHECK(tells(imported.warnings, 1, "Hedging", "up to 4 calls; the next one is sent after 1s"));
  CHECK_THAT(refused_as("a.json",
                        "{\"S\": {\"Hedging\": {}, \"Endpoint\": {\"CircuitBreaker\": "
                        "{\"SamplingDuration\": \"00:00:03\"}, \"Timeout\": {\"Timeout\": "
                        "\"00:00:02\"}}}}")
                 .message,
             ContainsSubstring("SamplingDuration of 3s is shorter than two Timeouts of 2s"));
}

TEST_CASE("neighbours of .NET's options are told as ignored, and typos refused") {
  const auto imported = read_as(
      "a.json",
      "{\"Logging\": {\"LogLevel\": {\"Default\": \"Debug\"}},\n\"BaseAddress\": \"http://x\",\n"
      "\"CircuitBreaker\": {\"FailureRatio\": 0.2},\n\"ConnectionStrings\": {\"a:b\": \"c\"}}");
  CHECK(imported.choice.text() == "polly,FailureRatio=0.2");
  CHECK(tells(imported.ignored, 1, "Logging", "is not one of the handler's options"));
  CHECK(tells(imported.ignored, 2, "BaseAddress", "is not one of the handler's options"));
  CHECK(tells(imported.ignored, 4, "ConnectionStrings", "is not one of the handler's options"));
  CHECK_THAT(
      refused_as("a.json", "{\"CircuitBreaker\": {\"FailureRatio\": 0.2}, \"AttemptTimeouts\": {}}")
          .hint,
      ContainsSubstring("did you mean 'AttemptTimeout'"));
}

// --- Sentinel

TEST_CASE("keys that a degrade rule of Sentinel has and does not read are told") {
  const auto imported = read_as(
      "d.json",
      "[{\"resource\": \"r\", \"grade\": 2, \"count\": 5, \"timeWindow\": 1, \"passCount\": 0,\n"
      "\"clusterMode\": false, \"controlBehavior\": 0, \"cut\": false}]");
  CHECK(imported.choice.text() == "sentinel,grade=2,count=5,timeWindow=1");
  CHECK(tells(imported.ignored, 1, "passCount", "before Sentinel 1.8"));
  CHECK(tells(imported.ignored, 2, "clusterMode", "belongs to flow rules; a degrade rule does"));
  CHECK(
      tells(imported.ignored, 2, "controlBehavior", "belongs to flow rules; a degrade rule does"));
  CHECK(tells(imported.ignored, 2, "cut", "before Sentinel 1.8"));
}

// --- APISIX

namespace {

std::string apisix(const std::string& plugin) {
  return "routes:\n  - uri: /pay\n    plugins:\n      api-breaker:\n" + plugin;
}

}  // namespace

TEST_CASE("api-breaker of APISIX counts the statuses of its lists, and nothing else") {
  const auto imported = read_as("apisix.yaml", apisix("        break_response_code: 502\n"
                                                      "        break_response_body: no\n"
                                                      "        max_breaker_sec: 60\n"
                                                      "        unhealthy:\n"
                                                      "          http_statuses: [500, 502, 504]\n"
                                                      "          failures: 5\n"
                                                      "        healthy:\n"
                                                      "          http_statuses: [200, 404]\n"
                                                      "          successes: 2\n"));
  CHECK(imported.format == "APISIX api-breaker");
  CHECK(imported.instance == "/pay");
  CHECK(imported.choice.text() ==
        "apisix,unhealthy.failures=5,healthy.successes=2,max_breaker_sec=60s");
  CHECK(tells(imported.ignored, 6, "break_response_body", "what a rejected caller gets"));
  const auto rules = OutcomeRules().with(imported.counts->changes);
  using Kind = CallEnd::Kind;
  for (const auto status : std::vector<std::uint16_t>{500, 502, 504}) {
    CHECK(rules.of({Kind::answer, status}) == Outcome::failure);
  }
  for (const auto status : std::vector<std::uint16_t>{200, 404}) {
    CHECK(rules.of({Kind::answer, status}) == Outcome::success);
  }
  for (const auto status : std::vector<std::uint16_t>{201, 403, 501, 503, 505}) {
    CHECK(rules.of({Kind::answer, status}) == Outcome::ignored);
  }
  CHECK(rules.of({Kind::connect_failed, 0}) == Outcome::failure);
  CHECK(rules.of({Kind::timeout, 0}) == Outcome::failure);
}

TEST_CASE(
    "api-breaker has no break_response_code lists counts a 500 and a 200 alone, as the dialect "
    "does") {
  const auto imported = read_as("apisix.yaml", apisix("        break_response_code: 502\n"));
  CHECK(imported.choice.text() == "apisix");
  const auto* dialect = *breaker::find_dialect("apisix");
  CHECK(OutcomeRules().with(imported.counts->changes) == breaker::usual_rules(*dialect));
}

TEST_CASE("api-breaker in Kubernetes goes by the name of its resource") {
  const auto imported = read_as("r.yaml",
                                "kind: ApisixRoute\nmetadata: {name: shop}\nspec:\n  http:\n"
                                "    - plugins:\n        - name: api-breaker\n"
                                "          enable: true\n"
                                "          config: {break_response_code: 503}\n");
  CHECK(imported.instance == "shop");
  CHECK_THAT(refused_as("r.yaml",
                        "kind: ApisixRoute\nmetadata: {name: shop}\nspec:\n  http:\n"
                        "    - plugins:\n        - {name: api-breaker, enable: false,\n"
                        "           config: {break_response_code: 503}}\n")
                 .message,
             ContainsSubstring("this api-breaker is disabled"));
  CHECK_THAT(refused_as("a.yaml", "uri: /a\nplugins:\n  api-breaker: true\n").message,
             StartsWith("a.yaml:3:16: api-breaker is a block of keys"));
}

TEST_CASE("what the schema of api-breaker refuses is refused, at its place") {
  const std::string code = "        break_response_code: 502\n";
  for (const auto& [plugin, why] : std::vector<std::pair<std::string, std::string>>{
           {"        max_breaker_sec: 9\n",
            "apisix.yaml:4:7: api-breaker has no break_response_code"},
           {"        break_response_code: 99\n",
            "apisix.yaml:5:30: break_response_code: 99 is not between 200 and 599"},
           {"        break_response_code: bad\n", "apisix.yaml:5:30: 'bad' is not a number"},
           {code + "        max_breaker_sec: 2\n", "apisix.yaml:6:26: max_breaker_sec"},
           {code + "        unhealthy: {failures: 0}\n", "apisix.yaml:6:31: unhealthy.failures"},
           {code + "        unhealthy: {http_statuses: [429]}\n",
            "apisix.yaml:6:37: 429 is not one of the statuses 500 to 599"},
           {code + "        healthy: {http_statuses: []}\n",
            "http_statuses is not a list of statuses"},
           {code + "        healthy: {success: 2}\n",
            "healthy of api-breaker has no key 'success'"},
           {code + "        _meta: {disable: true}\n", "this api-breaker is disabled"}}) {
    CAPTURE(plugin);
    CHECK_THAT(refused_as("apisix.yaml", apisix(plugin)).message, ContainsSubstring(why));
  }
}
