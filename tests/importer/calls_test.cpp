// Retries, timeouts and limits beside a breaker: the policies_text that they become, outermost
// first.

#include "importer/notes_text.hpp"
#include "tests/importer/reading.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

std::string policies_text(const importer::Imported& imported) {
  std::string text;
  for (const auto& policy : importer::policies_of(imported)) {
    text += (text.empty() ? "" : " | ") + policy.text();
  }
  return text;
}

std::string policies_read(const std::string& file, const std::string& text,
                          const std::optional<std::string>& instance = std::nullopt) {
  return policies_text(read_as(file, text, instance));
}

// The back-off of Envoy's retries.
const std::string envoy_back_off =
    ",delay=25ms,backoff=exponential,max_delay=250ms,jitter=full,grain=1ms,retry_after=false,"
    "on_open=stop";

}  // namespace

// --- Istio

namespace {

const std::string istio_rule =
    "kind: DestinationRule\nspec:\n  host: pay\n  trafficPolicy:\n"
    "    outlierDetection: {consecutive5xxErrors: 3}\n";

std::string virtual_service(const std::string& http) {
  return "---\nkind: VirtualService\nspec:\n  hosts: [pay]\n  http:\n  - route: [{destination: "
         "{host: pay.shop.svc.cluster.local, subset: v1}}]\n" +
         http;
}

}  // namespace

TEST_CASE("retries of a VirtualService stand around the breaker of its destination") {
  const auto imported =
      read_as("i.yaml",
              istio_rule + virtual_service(
                               "    timeout: 3s\n    retries: {attempts: 2, perTryTimeout: 500ms, "
                               "retryOn: 'gateway-error,409'}\n"));
  CHECK(policies_text(imported) ==
        "timeout,after=3s | retry,attempts=3" + envoy_back_off +
            ",counts=409=failure/500-501=success/505-999=success | breaker,on_cancel=failure | "
            "timeout");
  CHECK(imported.timeout->length == 500ms);
  CHECK(imported.retry->attempts == 3);
}

TEST_CASE("without retryOn Istio tries failed connections again, without retries twice") {
  const auto some = read_as("i.yaml", istio_rule + virtual_service("    retries: {attempts: 5}\n"));
  CHECK(policies_text(some).starts_with("retry,attempts=6" + envoy_back_off));
  CHECK(policies_text(some).find("5xx=success") != std::string::npos);
  CHECK(policies_text(some).find("connect_failed") ==
        std::string::npos);  // a failure, as to callers
  CHECK(tells(some.warnings, 12, "retries", "before 1.24 also a 503"));
  CHECK(policies_read("i.yaml", istio_rule + virtual_service("    timeout: 0s\n"))
            .starts_with("retry,attempts=3" + envoy_back_off));
  CHECK(policies_read("i.yaml", istio_rule + virtual_service("    retries: {attempts: 0}\n"))
            .empty());
  CHECK(policies_read("i.yaml", istio_rule).empty());
  CHECK(tells(read_as("i.yaml", istio_rule).warnings, 5, "retries", "2 more times"));
  CHECK_FALSE(tells(some.warnings, 5, "retries", "2 more times"));
  const auto other = istio_rule +
                     "---\nkind: VirtualService\nspec:\n  http:\n  - route: [{destination: "
                     "{host: payment}}]\n    retries: {attempts: 5}\n";
  CHECK(policies_read("i.yaml", other).empty());
}

TEST_CASE("words of retryOn that are not played are told, and typos in retries refused") {
  const auto imported = read_as(
      "i.yaml",
      istio_rule + virtual_service("    retries: {attempts: 1, retryOn: 'unavailable,5xxx'}\n"));
  CHECK(tells(imported.ignored, 12, "retry_on unavailable", "status of gRPC"));
  CHECK(tells(imported.ignored, 12, "retry_on 5xxx", "not a condition that Envoy knows"));
  CHECK(refused_as("i.yaml", istio_rule + virtual_service("    retries: {attemps: 1}\n")).message ==
        "i.yaml:12:15: retries of a VirtualService has no key 'attemps'");
}

TEST_CASE("a connection pool of Istio is a bulkhead: connections, and requests that wait for one") {
  const auto with = [](const std::string& pool) {
    return read_as("i.yaml", istio_rule + "    connectionPool: {" + pool + "}\n");
  };
  CHECK(policies_text(with("tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}")) ==
        "breaker | bulkhead,places=1,queue=1");
  CHECK(policies_text(with("tcp: {maxConnections: 100}")) ==
        "breaker | bulkhead,places=100,queue=2147483647");
  CHECK(policies_text(with("tcp: {maxConnections: 100}, http: {http2MaxRequests: 9}")) ==
        "breaker | bulkhead,places=9,queue=0");
  CHECK(policies_text(with("tcp: {maxConnections: 1}, http: {http2MaxRequests: 9, h2UpgradePolicy: "
                           "UPGRADE}")) == "breaker | bulkhead,places=9,queue=0");
  CHECK(policies_text(with("tcp: {maxConnections: 0}, http: {http2MaxRequests: 4294967295}"))
            .empty());
  const auto pending = with("http: {http1MaxPendingRequests: 5, idleTimeout: 1s}");
  CHECK(policies_text(pending).empty());
  CHECK(tells(pending.warnings, 6, "http.http1MaxPendingRequests", "without tcp.maxConnections"));
  CHECK(tells(pending.ignored, 6, "http.idleTimeout", "single connections"));
}

TEST_CASE("maxRetries of Istio bounds the retries that are under way") {
  const auto text = istio_rule + "    connectionPool: {http: {maxRetries: 7}}\n" +
                    virtual_service("    retries: {attempts: 1, retryOn: 5xx}\n");
  CHECK(policies_read("i.yaml", text) == "retry,attempts=2" + envoy_back_off +
                                             ",budget=active,budget_ratio=0%,budget_min_active=7 | "
                                             "breaker");
}

// --- Envoy

namespace {

std::string envoy_with_route(const std::string& route, const std::string& cluster = "") {
  return "static_resources:\n  listeners:\n  - virtual_hosts:\n    - routes:\n      - match: {}\n"
         "        route: {cluster: pay" +
         route + "}\n  clusters:\n  - name: pay\n    outlier_detection: {consecutive_5xx: 3}\n" +
         "    load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {}}]}]}\n" + cluster;
}

}  // namespace

TEST_CASE("a route of Envoy ends after 15 s, and its cluster allows 3 retries at once") {
  const auto imported = read_as("e.yaml", envoy_with_route(", retry_policy: {retry_on: '5xx'}"));
  CHECK(policies_text(imported) ==
        "timeout,after=15s | retry,attempts=2" + envoy_back_off +
            ",budget=active,budget_ratio=0% | breaker,on_cancel=failure | "
            "timeout");
  CHECK(policies_read("e.yaml", envoy_with_route("")) ==
        "timeout,after=15s | breaker,on_cancel=failure | "
        "timeout");
  CHECK(policies_read("e.yaml", envoy_with_route(", timeout: 0s")).empty());
}

TEST_CASE("Envoy's retry_policy has its own attempts, back-off, statuses and timeout of each") {
  const auto imported =
      read_as("e.yaml",
              envoy_with_route(
                  ", timeout: 0s, retryPolicy: {retryOn: 'retriable-status-codes,connect-failure', "
                  "numRetries: 4, perTryTimeout: 0.25s, retriableStatusCodes: [429], retryBackOff: "
                  "{baseInterval: 0.1s, maxInterval: 2s}, retryHostPredicate: []}"));
  CHECK(policies_text(imported) ==
        "retry,attempts=5,delay=100ms,backoff=exponential,max_delay=2s,jitter=full,grain=1ms,"
        "retry_after=false,on_open=stop,budget=active,budget_ratio=0%,counts=429=failure/"
        "5xx=success/timeout=success/reset=success/closed=success/bad_answer=success | breaker | "
        "timeout");
  CHECK(imported.timeout->length == 250ms);
  CHECK(tells(imported.ignored, 6, "retryHostPredicate", "chooses the host"));
  CHECK(refused_as("e.yaml", envoy_with_route(", retry_policy: {retry_on: 5xx, num_retry: 4}"))
            .message.ends_with("retry_policy has no key 'num_retry'"));
  CHECK(refused_as("e.yaml", envoy_with_route(", retry_policy: {retriable_status_codes: [5]}"))
            .message.ends_with("'5' is not a status"));
}

TEST_CASE("the retry policy of a virtual host is that of its routes without one") {
  auto text = envoy_with_route("");
  text.replace(text.find("    - routes:"), 13,
               "    - retry_policy: {retry_on: reset}\n      routes:");
  CHECK(policies_read("e.yaml", text).find("| retry,attempts=2") != std::string::npos);
}

TEST_CASE("thresholds of Envoy are a bulkhead, and a retry budget takes the place of max_retries") {
  const auto limits = [](const std::string& threshold, const std::string& more = "") {
    return policies_read(
        "e.yaml",
        envoy_with_route(", timeout: 0s, retry_policy: {retry_on: reset}",
                         "    circuit_breakers: {thresholds: [{" + threshold + "}]}\n" + more));
  };
  CHECK(limits("max_connections: 8, max_pending_requests: 2")
            .ends_with("| breaker | bulkhead,places=8,queue=2"));
  CHECK(limits("max_requests: 5").ends_with("| breaker | bulkhead,places=5,queue=0"));
  CHECK(limits("max_connections: 8", "    http2_protocol_options: {}\n")
            .ends_with("| breaker | bulkhead,places=1024,queue=0"));
  CHECK(limits("max_connections: 4294967295, max_requests: 4294967295").ends_with("| breaker"));
  CHECK(limits("max_retries: 9").find("budget=active,budget_ratio=0%,budget_min_active=9") !=
        std::string::npos);
  CHECK(limits("retry_budget: {budget_percent: {value: 25.0}, min_retry_concurrency: 5}")
            .find("budget=active,budget_ratio=25%,budget_min_active=5") != std::string::npos);
  CHECK(refused_as("e.yaml", envoy_with_route(
                                 "", "    circuit_breakers: {thresholds: [{max_requests: 0}]}\n"))
            .message.ends_with("a limit of 0 lets no request through"));
}

// --- Dapr

namespace {

std::string dapr_with_retry(const std::string& retry, const std::string& more = "") {
  return "kind: Resiliency\nspec:\n  policies:\n    timeouts: {short: 2s}\n    retries:\n      "
         "few: {" +
         retry + "}\n    circuitBreakers:\n      cb: {trip: consecutiveFailures > 3}\n" +
         "  targets:\n    apps:\n      shop: {timeout: short, retry: few, circuitBreaker: cb}\n" +
         more;
}

}  // namespace

TEST_CASE("retries of Dapr stand around its breaker, and the timeout of each attempt inside") {
  CHECK(policies_read("d.yaml", dapr_with_retry("policy: constant, duration: 1s, maxRetries: 4")) ==
        "retry,attempts=5,delay=1s,backoff=constant,jitter=none,retry_after=false,on_open=stop,"
        "counts=1xx=failure/4xx=failure | breaker | timeout");
  CHECK(policies_read("d.yaml", dapr_with_retry("policy: exponential, maxInterval: 15s"))
            .starts_with("retry,attempts=2147483648,delay=500ms,backoff=exponential,multiplier=1.5,"
                         "max_delay=15s,jitter=spread,spread=0.5,max_duration=15m,late_wait=stop,"
                         "retry_after=false,on_open=stop,"));
}

TEST_CASE(
    "matching of a Dapr retry says which statuses are tried again, and that lost connections are") {
  const auto imported =
      read_as("d.yaml", dapr_with_retry("maxRetries: 1, matching: {httpStatusCodes: '429,502-504', "
                                        "gRPCStatusCodes: '14'}"));
  CHECK(policies_text(imported).find(
            ",counts=429=failure/500-501=success/505-999=success | breaker") != std::string::npos);
  CHECK(tells(imported.ignored, 6, "few.matching.gRPCStatusCodes", "gRPC"));
  CHECK(refused_as("d.yaml", dapr_with_retry("matching: {httpStatusCodes: '5oo'}"))
            .message.starts_with("d.yaml:6:"));
  CHECK(refused_as("d.yaml", dapr_with_retry("matching: {httpStatusCode: '500'}"))
            .message.ends_with("matching of a Dapr retry has no key 'httpStatusCode'"));
}

// --- KrakenD

TEST_CASE("concurrent calls of KrakenD are hedged at once, each through the breaker") {
  CHECK(policies_read("k.json",
                      R"({"endpoints": [{"endpoint": "/a", "timeout": "1s", "concurrent_calls": 3,
  "backend": [{"extra_config": {"qos/circuit-breaker": {"max_errors": 1}}}]}]})")
            .starts_with("hedging,attempts=3,delay=0ms,counts="));
}

// --- MicroProfile

namespace {

std::string microprofile_find(const std::string& more) {
  return "Stock/find/CircuitBreaker/delay=1\n" + more;
}

}  // namespace

TEST_CASE("the annotations beside @CircuitBreaker stand around it as SmallRye has them") {
  const auto imported =
      read_as("microprofile-config.properties", microprofile_find("Stock/find/Retry/maxRetries=2\n"
                                                                  "Stock/find/Timeout/value=800\n"
                                                                  "Stock/find/Bulkhead/value=6\n"));
  CHECK(policies_text(imported) ==
        "retry,attempts=3,delay=0ms,backoff=constant,jitter=range,grain=1ms,max_duration=3m,"
        "late_wait=wait_out,"
        "retry_after=false,on_open=retry,on_full=retry,counts=4xx=failure | "
        "breaker,on_full=failure | "
        "timeout,after=800ms | bulkhead,places=6,queue=0");
  CHECK(tells(imported.warnings, 4, "@Bulkhead", "10 more calls may wait"));
  CHECK(policies_read("microprofile-config.properties",
                      microprofile_find("Stock/find/Timeout/value=800\n"))
            .empty());
}

TEST_CASE("a @Retry has its delay, jitter and duration, and what is retried is told") {
  const auto imported = read_as(
      "microprofile-config.properties",
      microprofile_find("Stock/find/Retry/maxRetries=-1\nStock/find/Retry/delay=1\n"
                        "Stock/find/Retry/delayUnit=SECONDS\nStock/find/Retry/jitter=0\n"
                        "Stock/find/Retry/maxDuration=10\nStock/find/Retry/durationUnit=SECONDS\n"
                        "Stock/find/Retry/retryOn=java.io.IOException\n"));
  CHECK(policies_text(imported).starts_with(
      "retry,attempts=2147483648,delay=1s,backoff=constant,jitter=none,"));
  CHECK(policies_text(imported).find("max_duration=10s") != std::string::npos);
  CHECK(tells(imported.warnings, 8, "retryOn", "tries every failure again"));
  CHECK(policies_read("microprofile-config.properties",
                      microprofile_find("Stock/find/Retry/maxRetries=0\n"
                                        "Stock/find/Bulkhead/value=6\n"
                                        "Stock/find/Bulkhead/waitingTaskQueue=4\n")) ==
        "breaker,on_full=failure | bulkhead,places=6,queue=4");
}
