#include <algorithm>
#include <string>
#include <vector>

#include "faults/plan.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

Plan plan(const std::vector<std::string>& phases, std::vector<Rule> rules = {},
          std::string_view limit = "none") {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {parse_latency("p50=20ms,p99=400ms").value(), parse_errors("0.5%").value()},
           .rules = std::move(rules),
           .limit = parse_rate_limit(limit).value()},
          specs,
          Random(7)};
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0, column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    widest = std::max(widest, column);
  }
  return widest;
}

}  // namespace

TEST_CASE("a plan is explained phase by phase") {
  CHECK(explain(plan({"warm 10s", "outage 1m10s latency=200ms..600ms errors=503:90%,reset:10%"}),
                1s) ==
        "phase   when            mean     p50     p95     p99   p99.9\n"
        "warm    0ms to 10s    45.8ms  20.0ms   166ms   400ms   1.07s\n"
        "  latency  p50=20ms,p99=400ms\n"
        "  outcome  served 99.5%, 503 0.5%\n"
        "  timeout  0.1% of answers take longer than the client's 1s timeout\n"
        "outage  10s to 1m20s   400ms   400ms   580ms   596ms   600ms\n"
        "  latency  200ms..600ms\n"
        "  outcome  served 0.0%, 503 90.0%, reset 10.0%\n"
        "  timeout  0.0% of answers take longer than the client's 1s timeout\n");
}

TEST_CASE("without a client there is no word about its timeout") {
  const auto text = explain(plan({"warm 10s"}), std::nullopt);
  CHECK(text.find("timeout") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("served 99.5%, 503 0.5%"));
}

TEST_CASE("where the port is closed there are no latencies") {
  CHECK_THAT(explain(plan({"closed 10s errors=refuse"}), 1s),
             ContainsSubstring("closed  0ms to 10s        -       -       -       -       -\n"
                               "  outcome  every connection refused\n"));
}

TEST_CASE("a phase for one path says so and tells how the others fare") {
  const auto text = explain(plan({"outage 10s latency=3s errors=reset:20% on=/payments"}), 1s);
  CHECK_THAT(text, ContainsSubstring("  only     requests to /payments\n"
                                     "  latency  3s\n"
                                     "  outcome  served 80.0%, reset 20.0%\n"
                                     "  timeout  100.0% of answers take longer"));
  CHECK_THAT(text, ContainsSubstring("        others       45.8ms  20.0ms"));
}

TEST_CASE("the requests of each rule are explained in each phase, and the limit of all") {
  const auto text = explain(
      plan({"warm 10s", "outage 10s latency=1s on=/b", "down 1s errors=refuse"},
           {{.match = parse_match("POST /a").value(), .errors = parse_errors("500:100%").value()}},
           "100/s,burst=20"),
      std::nullopt);
  CHECK(text ==
        "phase   when           mean     p50     p95     p99   p99.9\n"
        "warm    0ms to 10s   45.8ms  20.0ms   166ms   400ms   1.07s\n"
        "  latency  p50=20ms,p99=400ms\n"
        "  outcome  served 99.5%, 503 0.5%\n"
        "        rule 1       45.8ms  20.0ms   166ms   400ms   1.07s\n"
        "  only     requests to POST /a\n"
        "  latency  p50=20ms,p99=400ms\n"
        "  outcome  served 0.0%, 500 100.0%\n"
        "  limit    100/s of all requests together, 20 at once, and 429 to the rest\n"
        "outage  10s to 20s    1.00s   1.00s   1.00s   1.00s   1.00s\n"
        "  only     requests to /b\n"
        "  latency  1s\n"
        "  outcome  served 99.5%, 503 0.5%\n"
        "        rule 1        1.00s   1.00s   1.00s   1.00s   1.00s\n"
        "  only     requests to POST /a\n"
        "  latency  1s\n"
        "  outcome  served 0.0%, 500 100.0%\n"
        "        others       45.8ms  20.0ms   166ms   400ms   1.07s\n"
        "  latency  p50=20ms,p99=400ms\n"
        "  outcome  served 99.5%, 503 0.5%\n"
        "        rule 1       45.8ms  20.0ms   166ms   400ms   1.07s\n"
        "  only     requests to POST /a\n"
        "  latency  p50=20ms,p99=400ms\n"
        "  outcome  served 0.0%, 500 100.0%\n"
        "  limit    100/s of all requests together, 20 at once, and 429 to the rest\n"
        "down    20s to 21s        -       -       -       -       -\n"
        "  outcome  every connection refused\n");
}

TEST_CASE("an explanation is at most 80 columns wide") {
  const auto text = explain(
      plan({"a-name-that-is-longer-than-anybody-would-want-to-type 10s",
            "b 1h2m3.5s errors=500:1%,501:1%,502:1%,503:1%,504:1%,505:1%,506:1%,507:1%,508:1%"}),
      1s);
  CHECK(widest_line(text) <= 80);
  CHECK_THAT(text, ContainsSubstring("a-name-that-is-longer-than-anybody-would-want-to-type\n"));
  CHECK_THAT(text, ContainsSubstring("504 1.0%,\n           505 1.0%"));
  std::string errors = "reset:1%";
  for (int status = 500; status < 540; ++status) {
    errors += "," + std::to_string(status) + (status % 2 == 0 ? ":0.01%" : ":2%");
    CHECK(widest_line(explain(plan({"a 10s errors=" + errors, "b 1s errors=hang:10%," + errors}),
                              1s)) <= 80);
  }
}

TEST_CASE("an explanation says what comes after the last phase") {
  const auto text_of = [](After after) {
    return explain(Plan({.normal = {parse_latency("20ms").value(), {}}},
                        {parse_phase("down 10s errors=refuse").value()}, Random(1), after),
                   std::nullopt);
  };
  const std::string down =
      "phase       when           mean     p50     p95     p99   p99.9\n"
      "down        0ms to 10s        -       -       -       -       -\n"
      "  outcome  every connection refused\n";
  CHECK(text_of(After::normal) ==
        down +
            "afterwards  from 10s on  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms\n"
            "  latency  20ms\n"
            "  outcome  served 100.0%\n");
  CHECK_THAT(
      text_of(After::again),
      ContainsSubstring(
          "\nAt 10s the phases start again, and they repeat until the upstream is stopped.\n"));
  CHECK_THAT(text_of(After::last), !ContainsSubstring("anew"));
}
