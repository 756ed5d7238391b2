#include "faults/latency.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::plausible;

namespace {

Latency latency(std::string_view text) { return parse_latency(text).value(); }

constexpr double largest_draw = 1 - 0x1.0p-53;

// Of 200,000 draws, as many must be above the quantile as its share says.
void check_quantiles(std::string_view text) {
  const auto distribution = latency(text);
  for (const double q : {0.05, 0.5, 0.95, 0.99, 0.999}) {
    const auto limit = distribution.quantile(q);
    auto draws = Random(7).fork(text);
    std::uint64_t above = 0;
    constexpr std::uint64_t n = 200'000;
    for (std::uint64_t i = 0; i < n; ++i) {
      above += distribution.sample(draws.unit()) > limit ? 1U : 0U;
    }
    CAPTURE(text, q, above);
    CHECK(plausible(above, n, 1 - q));
    CHECK(distribution.share_above(limit) == Approx(1 - q).margin(1e-6));
  }
}

double sampled_mean_seconds(const Latency& distribution) {
  constexpr int n = 400'000;
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += to_seconds(distribution.sample((i + 0.5) / n));
  }
  return sum / n;
}

}  // namespace

TEST_CASE("no latency is a latency of zero") {
  CHECK(Latency().sample(0.9) == 0ns);
  CHECK(Latency() == latency("0ms"));
  CHECK(Latency().text() == "0ms");
}

TEST_CASE("a fixed latency is always the same") {
  const auto fixed = latency("20ms");
  CHECK(fixed.sample(0) == 20ms);
  CHECK(fixed.sample(largest_draw) == 20ms);
  CHECK(fixed.mean() == 20ms);
  CHECK(fixed.quantile(0.99) == 20ms);
  CHECK(fixed.share_above(20ms - 1ns) == 1);
  CHECK(fixed.share_above(20ms) == 0);
}

TEST_CASE("a uniform latency reaches from one end to the other") {
  const auto uniform = latency("10ms..50ms");
  CHECK(uniform.sample(0) == 10ms);
  CHECK(uniform.sample(0.25) == 20ms);
  CHECK(uniform.sample(largest_draw) == 50ms);
  CHECK(uniform.mean() == 30ms);
  CHECK(uniform.share_above(9ms) == 1);
  CHECK(uniform.share_above(40ms) == 0.25);
  CHECK(uniform.share_above(50ms) == 0);
  check_quantiles("10ms..50ms");
}

TEST_CASE("jitter is uniform around its centre") {
  const auto jitter = latency("100ms+-20ms");
  CHECK(jitter.sample(0) == 80ms);
  CHECK(jitter.sample(0.5) == 100ms);
  CHECK(jitter.sample(largest_draw) == 120ms);
  CHECK(jitter.mean() == 100ms);
  CHECK(jitter.share_above(115ms) == 0.125);
  check_quantiles("100ms+-20ms");
}

TEST_CASE("two percentiles make the lognormal that has them") {
  const auto lognormal = latency("p50=20ms,p99=400ms");
  CHECK(to_milliseconds(lognormal.quantile(0.5)) == Approx(20).epsilon(1e-9));
  CHECK(to_milliseconds(lognormal.quantile(0.99)) == Approx(400).epsilon(1e-9));
  check_quantiles("p50=20ms,p99=400ms");
  const auto low = latency("p5=20ms,p10=30ms");
  CHECK(to_milliseconds(low.quantile(0.05)) == Approx(20).epsilon(1e-9));
  CHECK(to_milliseconds(low.quantile(0.1)) == Approx(30).epsilon(1e-9));
}

TEST_CASE("p50=20ms,p99=400ms means a mean of 45.8ms, a p95 of 166ms and a p99.99 of 2.4s") {
  // Worked out by hand: sigma = ln(20) / 2.3263 = 1.2878, mean = 20ms * exp(sigma^2 / 2).
  const auto lognormal = latency("p50=20ms,p99=400ms");
  CHECK(to_milliseconds(lognormal.mean()) == Approx(45.8).epsilon(0.002));
  CHECK(to_milliseconds(lognormal.quantile(0.95)) == Approx(166.3).epsilon(0.002));
  CHECK(to_milliseconds(lognormal.quantile(0.999)) == Approx(1070).epsilon(0.002));
  CHECK(to_milliseconds(lognormal.quantile(0.9999)) == Approx(2403).epsilon(0.002));
  CHECK(lognormal.share_above(1s) == Approx(0.00119).epsilon(0.01));
  CHECK(lognormal.share_above(0s) == 1);
}

TEST_CASE("the sample at u is what the distribution function gives u for") {
  const auto lognormal = latency("p50=1s,p99=4s");
  for (const double q : {1e-6, 0.01, 0.07, 0.075, 0.2, 0.8, 0.925, 0.93, 0.99999, 0.99999999}) {
    CAPTURE(q);
    CHECK(1 - lognormal.share_above(lognormal.quantile(q)) == Approx(q).epsilon(1e-6));
  }
  for (const double above : {0x1.0p-20, 0x1.0p-35, 0x1.0p-37, 0x1.0p-45, 0x1.0p-52}) {
    CAPTURE(above);
    CHECK(lognormal.share_above(lognormal.quantile(1 - above)) == Approx(above).epsilon(1e-6));
  }
}

TEST_CASE("the mean of the samples is the mean") {
  for (const auto* text : {"20ms", "10ms..50ms", "100ms+-20ms", "p50=20ms,p99=100ms"}) {
    CAPTURE(text);
    CHECK(sampled_mean_seconds(latency(text)) ==
          Approx(to_seconds(latency(text).mean())).epsilon(0.001));
  }
}

TEST_CASE("a bigger draw is never a shorter latency") {
  for (const auto* text : {"20ms", "10ms..50ms", "100ms+-100ms", "p50=20ms,p99=400ms"}) {
    const auto distribution = latency(text);
    auto previous = distribution.sample(0);
    CHECK(previous >= 0ns);
    for (int i = 1; i < 100'000; ++i) {
      const auto next = distribution.sample(i / 100'000.0);
      REQUIRE(next >= previous);
      previous = next;
    }
    CHECK(distribution.sample(largest_draw) >= previous);
  }
}

TEST_CASE("the rarest draw of the widest lognormal is still a time that can be added up") {
  const auto wide = latency("p50=1us,p99.99=10s");
  CHECK(wide.sample(largest_draw) == 10'000h);
  CHECK(wide.sample(0) == 0ns);
}

TEST_CASE("the text of a latency is read back as an equal one") {
  for (const auto* text : {"0ms", "20ms", "1m30s", "10ms..50ms", "0ms..1us", "100ms+-20ms",
                           "p50=20ms,p99=400ms", "p99=400ms,p99.9=1s", "p0.1=1ms,p33.3=1.5ms"}) {
    CHECK(latency(text).text() == text);
    CHECK(latency(latency(text).text()) == latency(text));
  }
}

TEST_CASE("a latency that can be written in two ways has one text") {
  CHECK(latency("5ms..5ms").text() == "5ms");
  CHECK(latency("5ms+-0ms").text() == "5ms");
  CHECK(latency("p99=400ms, p50=20ms").text() == "p50=20ms,p99=400ms");
  CHECK(latency(" 1000us ").text() == "1ms");
}

TEST_CASE("other latencies are not equal") {
  CHECK_FALSE(latency("20ms") == latency("21ms"));
  CHECK_FALSE(latency("20ms..20ms") == latency("20ms+-20ms"));
  CHECK_FALSE(latency("p50=20ms,p99=400ms") == latency("p50=20ms,p99.9=400ms"));
}

TEST_CASE("a latency that is not one is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"20", "'20' has no unit", "write 20ms or 20s"},
           {"-20ms", "'-20ms' is negative", "250ms"},
           {"", "'' is not a latency", "write 20ms, 10ms..50ms, 100ms+-20ms, p50="},
           {"fast", "'fast' is not a latency", "write 20ms"},
           {"50ms..10ms", "'50ms..10ms' begins with the longer one", "write 10ms..50ms"},
           {"10ms..50", "'10ms..50': '50' has no unit", "write 50ms or 50s"},
           {"10..50ms", "'10' has no unit", "write 10ms or 10s"},
           {"10ms..", "'' is not a duration", "250ms"},
           {"10ms+-20ms", "the jitter of '10ms+-20ms' is wider than its centre",
            "write 10ms+-10ms or less"},
           {"10ms+-2", "'10ms+-2': '2' has no unit", "write 2ms or 2s"},
           {"p50=20ms", "'p50=20ms' does not name two percentiles", "p50=20ms,p99=400ms"},
           {"p50=1ms,p90=2ms,", "does not name two percentiles", "p50=20ms,p99=400ms"},
           {"p50=1ms,,p90=2ms", "unknown word ''", "p50=20ms,p99=400ms"},
           {"p50=20ms,min=2ms", "unknown word 'min' in a latency", "p50=20ms,p99=400ms"},
           {"p50,p99=1s", "'p50' has no value", "write p50=20ms"},
           {"p0=1ms,p99=2ms", "'p0' is not between p0 and p100", "p50=20ms,p99=400ms"},
           {"p50=1ms,p100=2ms", "'p100' is not between p0 and p100", "p50=20ms,p99=400ms"},
           {"p50=20,p99=400ms", "p50: '20' has no unit", "write 20ms or 20s"},
           {"p50=1ms,p50=2ms", "names p50 twice", "p50=20ms,p99=400ms"},
           {"p50=400ms,p99=20ms", "p99 is not above p50", "write p50=20ms,p99=400ms"},
           {"p50=20ms,p99=20ms", "p99 is not above p50", "write 20ms for a fixed latency"},
           {"p50=0ms,p99=20ms", "p50 is zero", "more than 0ms"},
           {"p50=1ms,p99=10m", "means a p99.99 of more than 24h", "nearer to each other"},
           {"p99.999=1us,p99.9999=1000h", "means a mean of more than 24h", "nearer"},
           {"p50=20ms,p50.00000000000000001=30ms", "'", ""},
       }) {
    const auto result = parse_latency(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("a lognormal whose 99.99th percentile is 24h is the widest there may be") {
  CHECK(parse_latency("p50=1h,p99.99=24h").ok());
  CHECK_FALSE(parse_latency("p50=1h,p99.99=24h1s").ok());
}

TEST_CASE("a mean alone is exponential") {
  const auto exponential = latency("mean=20ms");
  CHECK(exponential.text() == "mean=20ms");
  CHECK(latency("mean = 20ms") == exponential);
  CHECK(exponential.mean() == 20ms);
  CHECK(to_milliseconds(exponential.quantile(0.5)) == Approx(20 * std::log(2)));
  CHECK(exponential.sample(0) == 0ms);
  CHECK(exponential.share_above(40ms) == Approx(std::exp(-2)));
  CHECK(exponential.share_above(0ms) == 1);
  CHECK_FALSE(exponential == latency("20ms"));
  CHECK_FALSE(exponential.is_fixed());
  CHECK_FALSE(parse_latency("mean=0ms").ok());
  CHECK_FALSE(parse_latency("mean=20").ok());
  CHECK_FALSE(parse_latency("mean=3h").ok());
}
