#include "serve/metrics.hpp"

#include <chrono>
#include <string>

#include "tests/serve/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::serve {
namespace {

using namespace std::chrono_literals;
using breaker::State;
using tripcurve::testing::ContainsSubstring;

MetricsSample busy() {
  MetricsSample sample;
  sample.experiment = "slow bank";
  sample.version = "1.2.3";
  sample.seed = 42;
  sample.phase = {.name = "outage", .begin = at(5s), .end = at(12s), .fault = true};
  sample.breakers = {{"client", State::half_open, 3, 5}};
  sample.endpoints = {{"/pay",
                       {.calls = 23,
                        .fail_fast = 2,
                        .full = 6,
                        .fallback = 8,
                        .fallback_open = 6,
                        .cached = 1,
                        .queued = 5,
                        .cache_misses = 9,
                        .queue_full = 10,
                        .drained = 2,
                        .lost = 1,
                        .sent = 7,
                        .ok = 4,
                        .timeouts = 3,
                        .handshakes = 12,
                        .cut = 11}}};
  sample.in_flight = 5;
  for (const auto d : {1ms, 2ms, 15ms, 700ms}) {
    sample.response.record(d);
  }
  sample.upstream = {.requests = 7, .injected = {{"503", 2}, {"reset", 1}, {"503", 3}}};
  return sample;
}

// A line of it.
auto has(const std::string& line) { return ContainsSubstring("\n" + line + "\n"); }

}  // namespace

TEST_CASE("the metrics say where the breaker is and how the calls ended") {
  const auto text = "\n" + metrics_text(busy());
  CHECK_THAT(text, has("# TYPE circuit_breaker_state gauge"));
  CHECK_THAT(text, has(R"(circuit_breaker_state{name="client"} 2)"));
  CHECK_THAT(text, has("# TYPE circuit_breaker_trips_total counter"));
  CHECK_THAT(text, has(R"(circuit_breaker_trips_total{name="client"} 3)"));
  CHECK_THAT(text, has("# TYPE circuit_breaker_opens_total counter"));
  CHECK_THAT(text, has(R"(circuit_breaker_opens_total{name="client"} 5)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="ok"} 4)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="timeout"} 3)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="fail_fast"} 2)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="reset"} 0)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="full"} 6)"));
  CHECK_THAT(text, has(R"(tripcurve_calls_total{endpoint="/pay",outcome="fallback"} 8)"));
  CHECK_THAT(text, has(R"(tripcurve_answers_cut_total{endpoint="/pay"} 11)"));
  CHECK_THAT(text, has(R"(tripcurve_handshakes_failed_total{endpoint="/pay"} 12)"));
  CHECK_THAT(text, has(R"(tripcurve_requests_sent_total{endpoint="/pay"} 7)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_answers_total{endpoint="/pay",answer="static"} 2)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_answers_total{endpoint="/pay",answer="cached"} 1)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_answers_total{endpoint="/pay",answer="queued"} 5)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_rejected_total{endpoint="/pay"} 6)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_cache_misses_total{endpoint="/pay"} 9)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_queue_full_total{endpoint="/pay"} 10)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_drained_total{endpoint="/pay"} 2)"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_lost_total{endpoint="/pay"} 1)"));
  CHECK_THAT(text, has("# TYPE tripcurve_fallback_still_queued gauge"));
  CHECK_THAT(text, has(R"(tripcurve_fallback_still_queued{endpoint="/pay"} 2)"));
  CHECK_THAT(text, has("tripcurve_calls_in_flight 5"));
  CHECK_THAT(text, has("tripcurve_upstream_requests_total 7"));
  CHECK_THAT(text, has(R"(tripcurve_injected_faults_total{kind="503"} 5)"));
  CHECK_THAT(text, has(R"(tripcurve_injected_faults_total{kind="reset"} 1)"));
  CHECK_THAT(text, has(R"(tripcurve_phase_info{phase="outage",fault="true"} 1)"));
  CHECK_THAT(text,
             has(R"(tripcurve_experiment_info{name="slow bank",seed="42",version="1.2.3"} 1)"));
}

TEST_CASE("the metrics say how busy each service is, and in which state its links' breakers are") {
  auto sample = busy();
  sample.services = {{.name = "gate \"way\"",
                      .workers = 200,
                      .busy = 97,
                      .waiting = 3,
                      .links = {{"gateway -> order", State::open}}},
                     {.name = "order", .busy = 12, .links = {{"order -> bank", State::half_open}}}};
  const auto text = "\n" + metrics_text(sample);
  CHECK_THAT(text, has("# TYPE tripcurve_service_busy_workers gauge"));
  CHECK_THAT(text, has(R"(tripcurve_service_busy_workers{service="gate \"way\""} 97)"));
  CHECK_THAT(text, has(R"(tripcurve_service_busy_workers{service="order"} 12)"));
  CHECK_THAT(text, has(R"(tripcurve_service_waiting_calls{service="gate \"way\""} 3)"));
  CHECK_THAT(text, has(R"(tripcurve_service_workers{service="gate \"way\""} 200)"));
  CHECK_THAT(text, !ContainsSubstring(R"(tripcurve_service_workers{service="order"})"));
  // The samples of one metric stand together, those of links' breakers beside the load's own.
  CHECK_THAT(text, ContainsSubstring("circuit_breaker_state{name=\"client\"} 2\n"
                                     "circuit_breaker_state{name=\"gateway -> order\"} 1\n"
                                     "circuit_breaker_state{name=\"order -> bank\"} 2\n"));
}

TEST_CASE("without a topology there are no metrics of services") {
  CHECK_THAT(metrics_text(busy()), !ContainsSubstring("tripcurve_service"));
}

TEST_CASE("every state of a breaker has its number") {
  const auto number = [](State state) {
    auto sample = busy();
    sample.breakers[0].state = state;
    const auto text = metrics_text(sample);
    const std::string before = R"(circuit_breaker_state{name="client"} )";
    return text.substr(text.find(before) + before.size(), 1);
  };
  CHECK(number(State::closed) == "0");
  CHECK(number(State::disabled) == "0");
  CHECK(number(State::open) == "1");
  CHECK(number(State::forced_open) == "1");
  CHECK(number(State::half_open) == "2");
}

TEST_CASE("the buckets of the response times add up, in seconds") {
  const auto text = "\n" + metrics_text(busy());
  CHECK_THAT(text, has(R"(tripcurve_response_seconds_bucket{le="0.005"} 2)"));
  CHECK_THAT(text, has(R"(tripcurve_response_seconds_bucket{le="0.02"} 3)"));
  CHECK_THAT(text, has(R"(tripcurve_response_seconds_bucket{le="0.5"} 3)"));
  CHECK_THAT(text, has(R"(tripcurve_response_seconds_bucket{le="1"} 4)"));
  CHECK_THAT(text, has(R"(tripcurve_response_seconds_bucket{le="+Inf"} 4)"));
  CHECK_THAT(text, has("tripcurve_response_seconds_sum 0.718"));
  CHECK_THAT(text, has("tripcurve_response_seconds_count 4"));
}

TEST_CASE("a name cannot end its label, its line, or the encoding") {
  auto sample = busy();
  sample.breakers[0].name = "a\"b\\c\nevil 1\xff";
  const auto text = metrics_text(sample);
  CHECK_THAT(text, ContainsSubstring("{name=\"a\\\"b\\\\c\xef\xbf\xbd"
                                     "evil 1\xef\xbf\xbd\"} 2\n"));
}

TEST_CASE("an upstream that is not ours has no metrics") {
  auto sample = busy();
  sample.upstream.reset();
  CHECK(metrics_text(sample).find("upstream") == std::string::npos);
}

TEST_CASE("each scrape collects anew") {
  HttpServer server{Address{}, "--metrics"};
  std::uint64_t seed = 0;
  serve_metrics(server, [&] {
    auto sample = busy();
    sample.seed = ++seed;
    return sample;
  });
  server.start();
  auto http = testing::client_of(server);
  const auto first = http.Get("/metrics");
  REQUIRE(first);
  CHECK(first->get_header_value("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK_THAT(first->body, ContainsSubstring("seed=\"1\""));
  CHECK_THAT(http.Get("/metrics")->body, ContainsSubstring("seed=\"2\""));
}

}  // namespace tripcurve::serve
