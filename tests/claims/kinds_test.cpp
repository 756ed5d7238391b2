// What each kind of source says, from answers as the libraries give them.
#include "claims/kind.hpp"
#include "claims/prometheus_text.hpp"
#include "claims/source.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::claims {
namespace {

using testing::ContainsSubstring;

// "open", "closed/half_open", or why there is no claim; "-" where it says nothing.
std::string said(const std::string& spec, std::string_view body) {
  const auto source = parse_source(spec);
  if (!source) {
    return "bad source: " + source.error().message;
  }
  const auto read = source->kind->read(body, *source);
  return !read ? read.error().message : *read ? text_of((*read)->claim) : "-";
}

const std::string page = "prometheus http://h/metrics";

TEST_CASE("resilience4j's gauge says the state of the sample that is 1") {
  const std::string body =
      "# HELP resilience4j_circuitbreaker_state The states of the circuit breaker\n"
      "# TYPE resilience4j_circuitbreaker_state gauge\n"
      "resilience4j_circuitbreaker_state{name=\"payments\",state=\"closed\",} 0.0\n"
      "resilience4j_circuitbreaker_state{name=\"payments\",state=\"half_open\",} 1.0\n"
      "resilience4j_circuitbreaker_state{name=\"payments\",state=\"open\",} 0.0\n"
      "resilience4j_circuitbreaker_state_other{name=\"payments\",state=\"open\"} 1.0\n";
  CHECK(said(page, body) == "half_open");
  CHECK(said(page + " breaker=payments", body) == "half_open");
  CHECK(said(page + " breaker=orders", body) ==
        "resilience4j_circuitbreaker_state has no breaker 'orders'; it has payments");
  CHECK_THAT(
      said(page, body + "resilience4j_circuitbreaker_state{name=\"b\",state=\"open\"} 1\n"),
      ContainsSubstring("of several breakers, and 'breaker' does not say which: b, payments"));
  CHECK(said(page, "resilience4j_circuitbreaker_state{name=\"a\",state=\"forced_open\"} 1\n") ==
        "open");
  CHECK(said(page, "resilience4j_circuitbreaker_state{name=\"a\",state=\"metrics_only\"} 1\n") ==
        "closed");
  CHECK_THAT(said(page,
                  "resilience4j_circuitbreaker_state{name=\"a\",state=\"open\"} 1\n"
                  "resilience4j_circuitbreaker_state{name=\"a\",state=\"closed\"} 1\n"),
             ContainsSubstring("says open and closed at once"));
  CHECK_THAT(said(page, "resilience4j_circuitbreaker_state{name=\"a\",state=\"open\"} 0\n"),
             ContainsSubstring("says of no state that it is in it"));
}

TEST_CASE("a counter of events says whether a breaker has opened once more than half-opened") {
  const auto polly = [](int opened, int half_opened) {
    return "resilience_polly_strategy_events_total{event_name=\"OnCircuitOpened\",event_severity="
           "\"Error\",pipeline_name=\"p\"} " +
           std::to_string(opened) +
           "\nresilience_polly_strategy_events_total{event_name=\"OnCircuitHalfOpened\","
           "event_severity=\"Warning\",pipeline_name=\"p\"} " +
           std::to_string(half_opened) + " 1700000000000\n";
  };
  CHECK(said(page, polly(1, 0)) == "open");
  CHECK(said(page, polly(3, 3)) == "closed/half_open");
  CHECK(said(page,
             "circuit{name=\"call\",event=\"open\"} 2\n"
             "circuit{name=\"call\",event=\"halfOpen\"} 1\n") == "open");
  CHECK(said(page, "circuit{name=\"call\",event=\"success\"} 2\n") == "closed/half_open");
}

TEST_CASE("a metric of one's own says what its values are told to mean") {
  const auto own = page + " metric=gobreaker_state values=0:closed,1:half_open,2:open";
  CHECK(said(own, "gobreaker_state 2\n") == "open");
  CHECK(said(own, "gobreaker_state{name=\"pay\"} 1\n") == "half_open");
  CHECK(said(own + " breaker=pay",
             "gobreaker_state{name=\"pay\"} 1\ngobreaker_state{name=\"x\"} 2\n") == "half_open");
  CHECK_THAT(said(own, "gobreaker_state{name=\"pay\"} 1\ngobreaker_state{name=\"x\"} 2\n"),
             ContainsSubstring("has 2 samples, and 'breaker' does not say which"));
  CHECK(said(own, "gobreaker_state 3\n") ==
        "gobreaker_state is 3, which 'values' does not explain");
  CHECK(said(own, "gobreaker_state NaN\n") ==
        "gobreaker_state is nan, which 'values' does not explain");
  CHECK(said(own, "other 3\n") == "there is no metric gobreaker_state");
  CHECK_THAT(said(own, "gobreaker_state{name=\"pay} 1\n"), ContainsSubstring("is no sample"));
  CHECK(said(page + " metric=up values=1:half_open/open,0:closed", "up 1\n") == "open/half_open");
  CHECK(said(page + " metric=cb label=is", "cb{is=\"OPEN\"} 1\ncb{is=\"CLOSED\"} 0\n") == "open");
  CHECK_THAT(said(page + " metric=cb label=is", "cb{is=\"ajar\"} 1\n"),
             ContainsSubstring("is=\"ajar\", which is no state"));
  CHECK_THAT(said(page, "up 1\n"), ContainsSubstring("there is none of the metrics resilience4j"));
}

TEST_CASE("labels are read as Prometheus writes them") {
  const auto own = page + " metric=m values=1:open";
  CHECK(said(own, "m{a=\"x,}\\\"\\\\\",b=\"y\\n\"} 1 1700000000 # {t=\"1\"} 2\n") == "open");
  CHECK(said(own, "m { a = \"x\" , } 1\n") == "open");
  CHECK_THAT(said(own, "m{a=x} 1\n"), ContainsSubstring("is no sample"));
  CHECK_THAT(said(own, "m{a=\"x\"\n"), ContainsSubstring("is no sample"));
  CHECK_THAT(said(own, "m one\n"), ContainsSubstring("is no sample"));
}

const std::string boot = "actuator http://h/actuator/circuitbreakers";

TEST_CASE("Spring Boot's actuator says the state by name") {
  const std::string body = R"({"circuitBreakers":{"a":{"failureRate":"-1.0%","state":"HALF_OPEN"},)"
                           R"("b":{"failureRate":"50.0%","state":"FORCED_OPEN"}}})";
  CHECK(said(boot + " breaker=a", body) == "half_open");
  CHECK(said(boot + " breaker=b", body) == "open");
  CHECK(said(boot + " breaker=c", body) == "there is no breaker 'c'; there are a, b");
  CHECK_THAT(said(boot, body), ContainsSubstring("several breakers, and 'breaker' does not say"));
  CHECK(said(boot, R"({"circuitBreakers":{}})") == "'circuitBreakers' has no breaker yet");
  CHECK_THAT(said(boot, R"({"circuitBreakers":["a","b"]})"), ContainsSubstring("no breaker yet"));
  CHECK_THAT(said(boot, "<html>"), ContainsSubstring("it is no JSON"));
  CHECK_THAT(said(boot, R"({"status":"UP"})"), ContainsSubstring("neither 'circuitBreakers'"));
}

TEST_CASE("of the actuator's events the last change of state counts") {
  const std::string body =
      R"({"circuitBreakerEvents":[
          {"circuitBreakerName":"a","type":"STATE_TRANSITION","stateTransition":"CLOSED_TO_OPEN"},
          {"circuitBreakerName":"a","type":"NOT_PERMITTED","stateTransition":null},
          {"circuitBreakerName":"a","type":"STATE_TRANSITION","stateTransition":"OPEN_TO_HALF_OPEN"},
          {"circuitBreakerName":"b","type":"STATE_TRANSITION","stateTransition":"CLOSED_TO_OPEN"}]})";
  CHECK(said(boot + " breaker=a", body) == "half_open");
  CHECK(said(boot + " breaker=b", body) == "open");
  CHECK_THAT(said(boot, body), ContainsSubstring("several breakers"));
  CHECK_THAT(said(boot + " breaker=c", body), ContainsSubstring("eventConsumerBufferSize"));
  CHECK(said(boot, R"({"circuitBreakerEvents":[]})") == "there are no events yet");
}

TEST_CASE("a stream of Hystrix says whether a command's breaker is open") {
  const std::string stream = "hystrix http://h/hystrix.stream";
  const std::string command =
      R"(data: {"type":"HystrixCommand","name":"Pay","isCircuitBreakerOpen":true})"
      "\n\n";
  CHECK(said(stream, command) == "open/half_open");
  CHECK(said(stream, "ping: \n" + command +
                         R"(data: {"type":"HystrixCommand","name":"Pay",)"
                         R"("isCircuitBreakerOpen":false})"
                         "\n") == "closed/half_open");
  CHECK(said(stream + " breaker=Other", command) == "-");
  CHECK(said(stream, R"(data: {"type":"HystrixThreadPool","name":"Pay"})"
                     "\n") == "-");
  CHECK(said(stream, "ping: \n") == "-");
  CHECK_THAT(said(stream, "data: {\n"), ContainsSubstring("an event is no JSON"));
  CHECK_THAT(said(stream, command + R"(data: {"type":"HystrixCommand","name":"Go",)"
                                    R"("isCircuitBreakerOpen":false})"
                                    "\n"),
             ContainsSubstring("several commands"));
}

TEST_CASE("Envoy's admin pages say whether all hosts of a cluster are ejected") {
  const std::string admin = "envoy http://h/clusters";
  const std::string one =
      "dependency::observability_name::dependency\n"
      "dependency::127.0.0.1:9000::cx_active::1\n"
      "dependency::127.0.0.1:9000::health_flags::/failed_outlier_check\n";
  CHECK(said(admin, one) == "open");
  CHECK(said(admin, one + "dependency::[::1]:9000::health_flags::healthy\n") == "closed/half_open");
  CHECK(said(admin, "outbound|80||a.local::10.0.0.1:80::health_flags::healthy\n") ==
        "closed/half_open");
  const std::string stats =
      "cluster.dependency.membership_total: 2\n"
      "cluster.dependency.outlier_detection.ejections_active: 2\n"
      "cluster.other.membership_total: 1\n";
  CHECK(said(admin + " breaker=dependency", stats) == "open");
  CHECK_THAT(said(admin + " breaker=other", stats),
             ContainsSubstring("configure outlier_detection"));
  CHECK_THAT(said(admin, stats), ContainsSubstring("several clusters"));
  CHECK(said(admin + " breaker=none", stats) ==
        "there is no cluster 'none'; there are dependency, other");
  CHECK_THAT(said(admin, "{}"), ContainsSubstring("/clusters or /stats"));
}

TEST_CASE("every kind is found by its name, and is read without a crash whatever comes") {
  for (const auto& kind : kinds()) {
    CAPTURE(kind.name);
    CHECK(find_kind(std::string(kind.name)).value() == &kind);
    CHECK_FALSE(kind.summary.empty());
    const Source source{.kind = &kind, .url = "http://h/"};
    for (const auto* body :
         {"", "\n", "{", "data:", "::health_flags::", "circuit{", "cluster.x:"}) {
      (void)kind.read(body, source);
    }
  }
  CHECK(find_kind("promethius").error().hint == "did you mean 'prometheus'?");
}

TEST_CASE("what a label's value escapes is read as what it stands for") {
  const auto samples = samples_of("m{a=\"x\\ny\",b=\"\\\"\\\\\"} 1\n", "m");
  REQUIRE(samples.ok());
  REQUIRE(samples->size() == 1);
  CHECK(samples->front().label("a") == "x\ny");
  CHECK(samples->front().label("b") == "\"\\");
}

}  // namespace
}  // namespace tripcurve::claims
