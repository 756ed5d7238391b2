// Every shape of durations: what it is by hand, and that draws are distributed as its distribution
// function says (Kolmogorov and Smirnov's test, at an error of 1 in 1000 for a seed, and the seeds
// are fixed).
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/duration_distribution.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;

namespace {

Result<DurationDistribution> read(std::string_view text) {
  return parse_duration_distribution(text, {.what = "latency", .in_flight = true});
}

DurationDistribution shape(std::string_view text) { return read(text).value(); }

double ms(Duration d) { return to_milliseconds(d); }

// Draws at times all over the day.
std::vector<Duration> draws_of(const DurationDistribution& distribution, std::uint64_t n) {
  const auto root = Random(11).fork("draws");
  auto times = Random(11).fork("times");
  std::vector<Duration> draws;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto now = at(Duration(static_cast<Duration::rep>(times.unit() * 86'400e9)));
    draws.push_back(distribution.sample(root.fork(i), {.now = now}));
  }
  std::ranges::sort(draws);
  return draws;
}

// The largest distance between the share of draws up to a duration and what it should be, in units
// of what chance brings.
double kolmogorov(const DurationDistribution& distribution) {
  constexpr std::uint64_t n = 50'000;
  const auto draws = draws_of(distribution, n);
  double distance = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 1 == n || draws[i + 1] != draws[i]) {
      const double share = static_cast<double>(i + 1) / n;
      distance = std::max(distance, std::abs(share - (1 - distribution.share_above(draws[i]))));
    }
  }
  return distance * std::sqrt(static_cast<double>(n));
}

constexpr double one_in_a_thousand = 1.95;

double mean_ms_of_draws(const DurationDistribution& distribution) {
  double sum = 0;
  const auto draws = draws_of(distribution, 200'000);
  for (const auto draw : draws) {
    sum += ms(draw);
  }
  return sum / static_cast<double>(draws.size());
}

const std::vector<std::string> all_shapes{
    "10ms..50ms",
    "100ms+-20ms",
    "p50=20ms,p99=400ms",
    "p50=20ms,p90=35ms,p99=400ms",
    "p10=1ms,p50=20ms,p90=35ms,p99=400ms,p99.9=2s",
    "p50=20ms,p99=400ms,max=500ms",
    "p50=20ms,p99=400ms,p99.9=600ms,max=700ms",
    "mean=20ms",
    "normal(20ms,5ms)",
    "normal(20ms,20ms)",
    "lognormal(20ms,100ms)",
    "exp(20ms)",
    "pareto(10ms,2.5)",
    "wave(10ms..50ms,period=7s)",
    "wave(10ms..50ms,period=7s,shape=saw)",
    "wave(10ms..50ms,period=7s,shape=square)",
    "wave(10ms..50ms,period=7s,shape=triangle)",
    "20ms + 2s:1%",
    "p50=20ms,p99=400ms + 2s:10%",
    "mean=20ms + mean=30ms",
    "10ms..20ms:50% + mean=5ms:20% + 7ms",
    "mean=20ms + normal(20ms,5ms):30% + 5ms..15ms",
    "500ms:25%",
};

}  // namespace

TEST_CASE("draws of every shape are distributed as its distribution function says") {
  for (const auto& text : all_shapes) {
    CAPTURE(text);
    CHECK(kolmogorov(shape(text)) < one_in_a_thousand);
  }
}

TEST_CASE("draws of another shape are found not to be distributed like that") {
  constexpr std::uint64_t n = 50'000;
  const auto draws = draws_of(shape("mean=20ms"), n);
  const auto other = shape("mean=21ms");
  double distance = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double share = static_cast<double>(i + 1) / n;
    distance = std::max(distance, std::abs(share - (1 - other.share_above(draws[i]))));
  }
  CHECK(distance * std::sqrt(static_cast<double>(n)) > one_in_a_thousand);
}

TEST_CASE("the mean of every shape is the mean of its draws") {
  for (const auto& text : all_shapes) {
    CAPTURE(text);
    CHECK(mean_ms_of_draws(shape(text)) == Approx(ms(shape(text).mean())).epsilon(0.03));
  }
}

TEST_CASE("of every shape the quantile of a share is what the rest exceeds") {
  for (const auto& text : all_shapes) {
    const auto distribution = shape(text);
    for (const double q : {0.01, 0.3, 0.5, 0.9, 0.97, 0.995, 0.9999}) {
      CAPTURE(text, q);
      const auto value = distribution.quantile(q);
      CHECK(distribution.share_above(value) <= 1 - q + 1e-6);
      CHECK((value == 0ns || distribution.share_above(value - 2ns) >= 1 - q - 1e-6));
    }
  }
}

TEST_CASE("of every shape a bigger u is never a shorter duration") {
  for (const auto& text : all_shapes) {
    const auto distribution = shape(text);
    const int steps = distribution.has_quick_quantile() ? 20'000 : 500;
    auto previous = distribution.sample(0);
    REQUIRE(previous >= 0ns);
    for (int i = 1; i < steps; ++i) {
      CAPTURE(text, i);
      const auto next = distribution.sample(static_cast<double>(i) / steps);
      REQUIRE(next >= previous);
      previous = next;
    }
    CHECK(distribution.sample(1 - 0x1.0p-53) >= previous);
  }
}

TEST_CASE("the text of every shape is read back as an equal one") {
  for (const auto& text : all_shapes) {
    CAPTURE(text);
    CHECK(shape(shape(text).text()) == shape(text));
    CHECK(shape(shape(text).text()).text() == shape(text).text());
  }
  CHECK(shape("20ms").text() == "20ms");
  CHECK(shape("lognormal(20ms,400ms)").text() == "p50=20ms,p99=400ms");
  CHECK(shape("exp(20ms)").text() == "mean=20ms");
  CHECK(shape("normal(mean=20ms, sd=5ms)").text() == "normal(20ms,5ms)");
  CHECK(shape("normal(sd=5ms, 20ms)").text() == "normal(20ms,5ms)");
  CHECK(shape("wave(10ms..50ms, 60s, shape=sine)").text() == "wave(10ms..50ms,period=1m)");
  CHECK(shape("20ms+2s:1%").text() == "20ms + 2s:1%");
  CHECK(shape("max=1s, p99=400ms, p50=20ms").text() == "p50=20ms,p99=400ms,max=1s");
}

TEST_CASE("parts that say nothing are left out") {
  CHECK(shape("20ms + 2s:0%") == shape("20ms"));
  CHECK(shape("20ms + 5ms") == shape("25ms"));
  CHECK(shape("mean=5ms + 0ms") == shape("mean=5ms"));
  CHECK(shape("mean=5ms:100%") == shape("mean=5ms"));
  CHECK(shape("2s:0%").is_fixed());
  CHECK(shape("normal(20ms,0ms)") == shape("20ms"));
  CHECK(shape("wave(20ms..20ms,period=1s)") == shape("20ms"));
}

TEST_CASE("any number of percentiles are kept exactly, with pieces of lognormals between them") {
  const auto curve = shape("p10=1ms,p50=20ms,p90=35ms,p99=400ms,p99.9=2s");
  for (const auto& [q, value] : std::vector<std::pair<double, Duration>>{
           {0.1, 1ms}, {0.5, 20ms}, {0.9, 35ms}, {0.99, 400ms}, {0.999, 2s}}) {
    CAPTURE(q);
    CHECK(ms(curve.quantile(q)) == Approx(ms(value)).epsilon(1e-9));
    CHECK(curve.share_above(value) == Approx(1 - q).epsilon(1e-6));
  }
  // Between p50 and p90 the logarithm is a line of the normal score: half of that of p90 (1.2816)
  // leads to the geometric mean of 20ms and 35ms. Its share is 0.7391.
  CHECK(ms(curve.quantile(0.73917)) == Approx(std::sqrt(20.0 * 35.0)).epsilon(1e-4));
}

TEST_CASE("percentiles on one lognormal are that lognormal") {
  const auto two = shape("p50=20ms,p99=400ms");
  const auto three =
      shape("p50=20ms,p90=" + std::to_string(two.quantile(0.9).count()) + "ns,p99=400ms");
  CHECK(ms(three.mean()) == Approx(ms(two.mean())).epsilon(1e-6));
  for (const double q : {0.001, 0.2, 0.7, 0.95, 0.9999}) {
    CHECK(ms(three.quantile(q)) == Approx(ms(two.quantile(q))).epsilon(1e-6));
  }
}

TEST_CASE("what is above a max is drawn again, and a remark says how often") {
  // Of p50=20ms,p99=400ms the share 0.00119 is above 1s (latency_test).
  const auto cut = shape("p50=20ms,p99=400ms,max=1s");
  const auto whole = shape("p50=20ms,p99=400ms");
  const double kept = 1 - whole.share_above(1s);
  CHECK(cut.share_above(1s) == 0);
  CHECK(cut.sample(1 - 0x1.0p-53) <= 1s);
  CHECK(cut.share_above(400ms) == Approx((0.01 - whole.share_above(1s)) / kept).epsilon(1e-6));
  CHECK(cut.remarks() ==
        std::vector<std::string>{"0.1% of the draws are above max=1s and drawn again"});
  CHECK(cut.mean() < whole.mean());
  CHECK(shape("p50=20ms,p99=400ms,max=401ms").remarks() ==
        std::vector<std::string>{"1.0% of the draws are above max=401ms and drawn again"});
}

TEST_CASE(
    "of a normal distribution what is below zero is drawn again, and a remark says how often") {
  const auto wide = shape("normal(20ms,20ms)");  // 15.87 % of it is below zero
  CHECK(wide.remarks() ==
        std::vector<std::string>{
            "15.9% of the draws of normal(20ms,20ms) are below zero and drawn again"});
  // Mean + sd * density(-1) / (1 - 0.1587) = 20 + 20 * 0.24197 / 0.84134.
  CHECK(ms(wide.mean()) == Approx(25.752).epsilon(1e-4));
  CHECK(shape("normal(20ms,2ms)").remarks().empty());
  CHECK(ms(shape("normal(20ms,2ms)").quantile(0.975)) == Approx(23.92).epsilon(1e-4));
}

TEST_CASE("a pareto has the power law it is named for") {
  const auto tail = shape("pareto(10ms,2)");
  CHECK(tail.share_above(10ms) == 1);
  CHECK(tail.share_above(100ms) == Approx(0.01));
  CHECK(tail.mean() == 20ms);
  CHECK(ms(tail.quantile(0.99)) == Approx(100));
}

TEST_CASE("a wave is at its lowest when the run begins, and again after each period") {
  const auto at_time = [](const char* text, Duration now) {
    return ms(shape(text).sample(Random(1), {.now = at(now)}));
  };
  const std::string sine = "wave(10ms..50ms,period=8s)";
  CHECK(at_time(sine.c_str(), 0s) == 10);
  CHECK(at_time(sine.c_str(), 2s) == Approx(30));
  CHECK(at_time(sine.c_str(), 4s) == Approx(50));
  CHECK(at_time(sine.c_str(), 6s) == Approx(30));
  CHECK(at_time(sine.c_str(), 80s) == 10);
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=saw)", 2s) == 20);
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=saw)", 7999ms) == Approx(50).epsilon(0.001));
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=square)", 3999ms) == 10);
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=square)", 4s) == 50);
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=triangle)", 2s) == 30);
  CHECK(at_time("wave(10ms..50ms,period=8s,shape=triangle)", 6s) == 30);
}

TEST_CASE("a latency that grows with what is in flight grows with it") {
  const auto loaded = shape("20ms + 1ms*in_flight");
  CHECK(loaded.counts_in_flight());
  CHECK(loaded.sample(Random(1), {.in_flight = 1}) == 21ms);
  CHECK(loaded.sample(Random(1), {.in_flight = 30}) == 50ms);
  CHECK(loaded.mean() == 21ms);
  CHECK(shape("10000h*in_flight").sample(Random(1), {.in_flight = 1'000'000}) == 10'000h);
  CHECK_FALSE(shape("20ms").counts_in_flight());
}

TEST_CASE("another part of a sum does not change the draws of the first") {
  const auto alone = shape("p50=20ms,p99=400ms");
  const auto sum = shape("p50=20ms,p99=400ms + 2s:1%");
  int more = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto difference = sum.sample(Random(3).fork(i), {}) - alone.sample(Random(3).fork(i), {});
    REQUIRE((difference == 0ns || difference == 2s));
    more += difference == 2s ? 1 : 0;
  }
  CHECK(more > 0);
  CHECK(more < 30);
}

TEST_CASE("the share of a sum above a limit is worked out, not drawn") {
  // The sum of two exponentials of mean 20ms is an Erlang: above t with exp(-t/20) (1 + t/20).
  const auto erlang = shape("mean=20ms + mean=20ms");
  for (const double t : {5.0, 20.0, 60.0, 200.0}) {
    const auto limit = Duration(static_cast<Duration::rep>(t * 1e6));
    CAPTURE(t);
    CHECK(erlang.share_above(limit) == Approx(std::exp(-t / 20) * (1 + t / 20)).epsilon(1e-3));
  }
  CHECK(shape("20ms + 2s:1%").share_above(20ms) == Approx(0.01));
  CHECK(shape("20ms + 2s:1%").share_above(2020ms) == 0);
  CHECK(shape("20ms + 2s:1%").quantile(0.5) == 20ms);
  CHECK(shape("20ms + 2s:1%").quantile(0.995) == 2020ms);
}

TEST_CASE("percentiles in a file are what a latency is made of") {
  const durations::ReadRecorded files =
      [](const std::string& path, std::string_view unit) -> Result<std::vector<durations::Point>> {
    if (path != "prod.hgrm" || unit != "ms") {
      return Error{"no such file", ""};
    }
    return std::vector<durations::Point>{
        {0, 2ms}, {0.5, 10ms}, {0.9, 10ms}, {0.99, 100ms}, {1, 150ms}};
  };
  const durations::Grammar grammar{.what = "latency", .files = &files};
  const auto recorded = parse_duration_distribution("file(prod.hgrm, unit=ms)", grammar).value();
  CHECK(recorded.text() == "file(prod.hgrm,unit=ms)");
  CHECK(recorded.quantile(0.7) == 10ms);
  CHECK(ms(recorded.quantile(0.99)) == Approx(100));
  CHECK(ms(recorded.quantile(1 - 0x1.0p-53)) == Approx(150));
  CHECK(recorded.share_above(10ms) == Approx(0.1));
  CHECK(recorded.share_above(150ms) == 0);
  CHECK(kolmogorov(recorded) < one_in_a_thousand);
  const auto scaled =
      parse_duration_distribution("file(prod.hgrm,unit=ms,scale=1.5)", grammar).value();
  CHECK(ms(scaled.quantile(0.99)) == Approx(150));
  CHECK(ms(scaled.mean()) == Approx(1.5 * ms(recorded.mean())).epsilon(1e-6));
  CHECK(parse_duration_distribution("file(other.hgrm)", grammar).error().message == "no such file");
}

TEST_CASE("a shape that is not one is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"20ms:10", "'20ms:10': '10' has no %", "write 10%"},
           {"20ms + ", "'20ms +' ends in a plus", "write 20ms + 2s:1%"},
           {"20ms + fast", "'fast' is not a latency", "write 20ms"},
           {"20ms ++ 5ms", "'' is not a latency", "write 20ms"},
           {"p50=20ms,max=2s", "does not name two percentiles", "p50=20ms,p99=400ms"},
           {"p50=20ms,p99=400ms,max=400ms", "max is not above p99", "above 400ms"},
           {"p50=20ms,p99=400ms,max=1s,max=2s", "names max twice", "keep one"},
           {"p50=20ms,p90=20ms,p99=400ms", "p90 is not above p50", "20ms"},
           {"p50=20ms,p99=400ms,p99.9=300ms", "p99.9 is not above p99", "p99=300ms,p99.9=400ms"},
           {"p50=1ms,p90=2ms,p99=10m", "of more than 24h", "nearer"},
           {"norml(20ms,5ms)", "unknown shape 'norml' of a latency", "did you mean 'normal'?"},
           {"uniform(1ms,2ms)", "unknown shape 'uniform' of a latency", "write 10ms..50ms"},
           {"exponential(5ms)", "unknown shape 'exponential' of a latency", "write exp(20ms)"},
           {"file=a.csv", "unknown word 'file' in a latency", "write file(a.csv)"},
           {"normal(20ms)", "'normal(20ms)' has no sd", "normal(20ms,5ms)"},
           {"normal(20ms,5)", "sd of 'normal(20ms,5)': '5' has no unit", "write 5ms"},
           {"normal(20ms,5ms,7ms)", "has '7ms' too much", "normal(20ms,5ms)"},
           {"normal(20ms,dev=5ms)", "has no sd", "normal(20ms,5ms)"},
           {"normal(20ms,sd=5ms,low=1ms)", "has no place for 'low'", "mean, sd"},
           {"normal(20ms,30ms)", "15.9% would be below zero", "sd=20ms or less"},
           {"normal(20ms,5ms", "parentheses that do not match", "normal(...)"},
           {"exp(0ms)", "the mean is zero", "0ms"},
           {"pareto(10ms,1)", "has no mean", "alpha above 1"},
           {"pareto(10ms,2%)", "not a plain number above 0", "pareto(10ms,2.5)"},
           {"pareto(0ms,2)", "the least one is zero", "pareto(10ms,2.5)"},
           {"pareto(1m,1.0001)", "more than 24h", "larger alpha"},
           {"wave(10ms,period=1s)", "does not say between which two", "wave(10ms..50ms"},
           {"wave(10ms..50ms)", "has no period", "wave(10ms..50ms,period=60s)"},
           {"wave(10ms..50ms,period=0s)", "the period of", "period=60s"},
           {"wave(10ms..50ms,period=1s,shape=sinus)", "unknown shape 'sinus'", "sine, saw"},
           {"1ms*threads", "unknown word 'threads'", "write 1ms*in_flight"},
           {"file(prod.hgrm)", "no file can be read here", "percentiles"},
           {"1ms+1ms+1ms+1ms+1ms+1ms+1ms+1ms+1ms", "more than 8 parts", "leave some"},
           {"mean=1ms+mean=1ms+mean=1ms+mean=1ms", "more than 3 parts that vary", "leave some"},
           {"6000h + 6000h", "comes to more than 10000h", "or less in all"},
       }) {
    const auto result = read(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
  const auto think = parse_duration_distribution("1ms*in_flight", "think time");
  CHECK_THAT(think.error().message, ContainsSubstring("a think time cannot depend on"));
}
