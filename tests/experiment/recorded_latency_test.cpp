#include "experiment/recorded_latency.hpp"

#include <string>
#include <vector>

#include "core/duration_distribution.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::experiment;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;

namespace {

// As HdrHistogram's outputPercentileDistribution() writes it.
constexpr auto hgrm =
    "       Value     Percentile TotalCount 1/(1-Percentile)\n"
    "\n"
    "       1.024 0.000000000000          1           1.00\n"
    "      20.479 0.500000000000      50000           2.00\n"
    "     100.351 0.900000000000      90000          10.00\n"
    "     400.127 0.990000000000      99000         100.00\n"
    "     999.935 1.000000000000     100000\n"
    "#[Mean    =       45.800, StdDeviation   =       93.000]\n"
    "#[Max     =      999.935, Total count    =       100000]\n";

constexpr auto fortio =
    R"({"Labels": "x", "DurationHistogram": {"Count": 100, "Min": 0.001, "Max": 0.5, "Avg": 0.02,
  "Data": [{"Start": 0.001, "End": 0.010, "Percent": 50, "Count": 50},
           {"Start": 0.010, "End": 0.025, "Percent": 90, "Count": 40},
           {"Start": 0.025, "End": 0.5, "Percent": 100, "Count": 10}],
  "Percentiles": [{"Percentile": 50, "Value": 0.01}]}})";

constexpr auto k6_summary =
    R"json({"metrics": {"http_req_duration": {"type": "trend", "contains": "time",
  "values": {"avg": 45.8, "min": 1.5, "med": 20, "max": 900, "p(90)": 104, "p(95)": 166}}}})json";
constexpr auto k6_export =
    R"json({"metrics": {"http_req_duration": {"avg": 45.8, "min": 1.5, "med": 20, "max": 900,
  "p(90)": 104, "p(95)": 166}}})json";

std::vector<durations::Point> points(std::string_view text, std::string_view unit = "") {
  return read_recorded("prod", text, unit).value();
}

// Of the latency that the file makes.
double quantile_ms(std::string_view text, std::string_view unit, double q) {
  const auto files =
      reader_of_recorded([&](const std::string& /*path*/) { return Result(std::string(text)); },
                         [](const std::string& path) { return path; });
  const auto written = "file(prod" + (unit.empty() ? "" : ",unit=" + std::string(unit)) + ")";
  const auto latency =
      parse_duration_distribution(written, {.what = "latency", .files = &files}).value();
  return to_milliseconds(latency.quantile(q));
}

}  // namespace

TEST_CASE("a latency has the percentiles that HdrHistogram has written") {
  CHECK(quantile_ms(hgrm, "ms", 0.5) == Approx(20.479));
  CHECK(quantile_ms(hgrm, "ms", 0.9) == Approx(100.351));
  CHECK(quantile_ms(hgrm, "ms", 0.99) == Approx(400.127));
  CHECK(quantile_ms(hgrm, "us", 0.99) == Approx(0.400127));
  CHECK(quantile_ms(hgrm, "ms", 0.9999999) == Approx(999.935));
  CHECK(quantile_ms(hgrm, "ms", 0) == Approx(1.024));
  CHECK(points(hgrm, "ms").size() == 5);
}

TEST_CASE("a latency has the histogram that fortio has written, in seconds") {
  CHECK(quantile_ms(fortio, "", 0.5) == Approx(10));
  CHECK(quantile_ms(fortio, "", 0.9) == Approx(25));
  CHECK(points(fortio).front().value == 1ms);
  CHECK(points(fortio).back().value == 500ms);
}

TEST_CASE("a latency has the percentiles of k6's summary, in milliseconds, in both its forms") {
  for (const auto* text : {k6_summary, k6_export}) {
    CHECK(quantile_ms(text, "", 0.5) == Approx(20));
    CHECK(quantile_ms(text, "", 0.95) == Approx(166));
    CHECK(points(text).front().value == 1500us);
    CHECK(points(text).back().value == 900ms);
  }
}

TEST_CASE("single durations, one a line, are the latency's percentiles") {
  std::string csv = "duration_ms,status\n";
  for (int i = 1; i <= 1000; ++i) {
    csv += std::to_string(1001 - i) + ",200\n";
  }
  CHECK(quantile_ms(csv, "", 0.5) == Approx(500).epsilon(0.002));
  CHECK(quantile_ms(csv, "", 0.99) == Approx(990).epsilon(0.002));
  CHECK(quantile_ms("latency (s)\n0.5\n0.5\n", "", 0.5) == Approx(500));
  CHECK(quantile_ms("500\n500\n", "us", 0.5) == Approx(0.5));
  CHECK(quantile_ms("5\n", "ms", 0.5) == Approx(5));
}

TEST_CASE("of many single durations the tail is kept whole") {
  std::string csv;
  for (int i = 1; i <= 50'000; ++i) {
    csv += std::to_string(i) + "\n";
  }
  CHECK(points(csv, "us").size() < 3000);
  CHECK(quantile_ms(csv, "us", 0.5) == Approx(25).epsilon(0.002));
  CHECK(quantile_ms(csv, "us", 0.9999) == Approx(49.995).epsilon(0.0002));
}

TEST_CASE("a file that holds no durations is refused at its place") {
  struct Refusal {
    std::string text, unit, message, hint;
  };
  for (const auto& [text, unit, message, hint] : std::vector<Refusal>{
           {"", "", "prod: the file is empty", "HdrHistogram"},
           {hgrm, "", "prod:3:1: nothing says in what unit these values are", "unit=ms"},
           {hgrm, "mss", "prod: unknown unit 'mss'", "did you mean 'ms'?"},
           {std::string(hgrm) + "  fast 0.5 1 2\n", "ms", "prod:10:3: 'fast' is not a value", ""},
           {std::string(hgrm) + "  7 50% 1 2\n", "ms", "prod:10:5: '50%' is not a percentile", ""},
           {std::string(hgrm) + "  1 0.95 1 2\n", "ms", "the percentiles do not rise", ""},
           {"Value Percentile TotalCount\n1 0.0 1\n2 1.0 2\n", "ms", "no percentile between", ""},
           {"1\n2\n", "", "prod:1:1: '1' has no unit", "unit=ms"},
           {"latency\n1\n", "", "prod:2:1: '1' has no unit", "latency_ms"},
           {"latency_ms\n1\nfast\n", "", "prod:3:1: 'fast' is not a number", "one duration a line"},
           {"latency_ms\n-1\n", "", "prod:2:1: -1 is negative", "from 0ms"},
           {"latency_s\n100000\n", "", "prod:2:1: 100000 is more than 24h", "from 0ms"},
           {"latency_ms\n", "", "prod:1:1: no duration in this file", "one a line"},
           {R"({"a": 1})", "", "prod:1:1: neither a result of fortio nor a summary of k6", ""},
           {fortio, "ms", "has its own unit", "leave unit= out"},
           {R"({"DurationHistogram": {"Data": 1}})", "", "has a list 'Data'", ""},
           {R"({"DurationHistogram": {"Data": [{"End": 1}]}})", "", "'Percent' up to 100", ""},
           {R"({"metrics": {"http_req_duration": {"med": "x"}}})", "", "not a number of time", ""},
           {R"({"metrics": {"http_req_duration": {"avg": 1}}})", "", "no percentile between", ""},
           {"{", "", "prod:1", ""},
       }) {
    const auto read = read_recorded("prod", text, unit);
    INFO("text: " << text);
    REQUIRE_FALSE(read.ok());
    CHECK_THAT(read.error().message, ContainsSubstring(message));
    CHECK_THAT(read.error().hint, ContainsSubstring(hint));
  }
}
