// Limits step by step, worked out by hand from the formulas of their libraries.

#include "client/limits/aimd.hpp"
#include "client/limits/envoy_gradient.hpp"
#include "client/limits/gradient2.hpp"
#include "client/limits/vegas.hpp"
#include "client/limits/windowed.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using client::AimdConfig;
using client::AimdLimit;
using client::EnvoyGradientConfig;
using client::EnvoyGradientLimit;
using client::Gradient2Config;
using client::Gradient2Limit;
using client::Limit;
using client::LogLinearBins;
using client::VegasConfig;
using client::VegasLimit;
using client::WindowedLimit;

namespace {

// The limit after a call that took that long.
std::uint32_t after(Limit& limit, Duration rtt, std::uint32_t in_flight, bool dropped = false) {
  limit.sample({.rtt = rtt, .in_flight = in_flight, .dropped = dropped});
  return limit.at(at(rtt));
}

// The limit after a call that ended then.
std::uint32_t at_end(Limit& limit, Duration end, Duration rtt) {
  limit.sample({.began = at(end - rtt), .rtt = rtt});
  return limit.at(at(end));
}

constexpr auto always_zero = [] { return 0.0; };
constexpr auto nearly_one_draw = [] { return 0.999999; };

EnvoyGradientConfig envoy(std::uint32_t request_count) {
  return {.jitter = 0, .request_count = request_count};
}

}  // namespace

TEST_CASE("aimd adds one while half of the places are taken, and falls by a share") {
  AimdLimit limit({.initial = 10, .least = 8, .most = 12, .backoff_ratio = 0.9, .timeout = 5s});
  CHECK(limit.at({}) == 10);
  CHECK(after(limit, 1ms, 5) == 11);
  CHECK(after(limit, 1ms, 5) == 11);  // 5 of 11 is less than half
  CHECK(after(limit, 1ms, 6) == 12);
  CHECK(after(limit, 1ms, 12) == 12);
  CHECK(after(limit, 1ms, 12, true) == 10);  // 10.8
  CHECK(after(limit, 5s, 4) == 10);          // just in time
  CHECK(after(limit, 5s + 1ns, 4) == 9);     // as if dropped
  CHECK(after(limit, 1ms, 1, true) == 8);    // 8.1
  CHECK(after(limit, 1ms, 1, true) == 8);
}

TEST_CASE("aimd brings a limit to begin with that is out of bounds into them with a sample") {
  AimdLimit low({.initial = 3});
  CHECK(low.at({}) == 3);
  CHECK(after(low, 1ms, 1) == 20);
  AimdLimit high({.initial = 300});
  CHECK(high.at({}) == 300);
  CHECK(after(high, 1ms, 1) == 200);
}

TEST_CASE("gradient2 grows by a fifth of its queue while calls take as long as ever") {
  Gradient2Limit limit({});
  CHECK(after(limit, 100ms, 10) == 20);  // 20.8
  CHECK(after(limit, 100ms, 20) == 21);  // 21.6
  CHECK(after(limit, 100ms, 10) == 21);  // 10 of 21.6 is less than half
  CHECK(after(limit, 100ms, 11) == 22);  // 22.4
}

TEST_CASE("gradient2 falls when calls take longer than its long average allows, at most to half") {
  Gradient2Limit limit({.least = 1});
  CHECK(after(limit, 100ms, 20) == 20);  // 20.8
  CHECK(after(limit, 100ms, 20) == 21);  // 21.6
  CHECK(after(limit, 400ms, 20) == 21);  // average 200: 21.6 (0.8 + 0.2 * 0.75) + 0.8 = 21.32
  CHECK(after(limit, 100s, 20) == 19);   // at most to half: 21.32 * 0.9 + 0.8 = 19.988
}

TEST_CASE("gradient2 forgets a slow time by a twentieth with each call that is twice as fast") {
  // Ten of 100ms make the average; the limit does not move without a queue of its own.
  const Gradient2Config config{.least = 1, .smoothing = 1, .queue = 0, .tolerance = 1};
  Gradient2Limit limit(config);
  for (int i = 0; i < 10; ++i) {
    CHECK(after(limit, 100ms, 20) == 20);
  }
  // 100 (1 - 2/601) + 10 (2/601) = 99.70 is above 2 * 10: 99.70 * 0.95 = 94.7.
  CHECK(after(limit, 10ms, 20) == 20);
  // 94.7 * 0.99667 + 100 * 0.00333 = 94.7; 20 * 94.7 / 100 = 18.9.
  CHECK(after(limit, 100ms, 20) == 18);
}

TEST_CASE("vegas keeps the number of calls that queue between its bounds") {
  VegasLimit limit({}, nearly_one_draw);
  CHECK(after(limit, 100ms, 20) == 20);        // the shortest so far
  CHECK(after(limit, 100ms, 20) == 26);        // nobody queues: 6 more
  CHECK(after(limit, 110ms, 26) == 26);        // 26 (1 - 100/110) = 2.4: 3 queue, which is well
  CHECK(after(limit, 105ms, 26) == 27);        // 1.2: 2 are too few
  CHECK(after(limit, 200ms, 27) == 26);        // 14 are too many
  CHECK(after(limit, 100ms, 26, true) == 25);  // dropped
  CHECK(after(limit, 100ms, 12) == 25);        // 12 of 25 is less than half
  CHECK(after(limit, 90ms, 13) == 25);         // a new shortest
  CHECK(after(limit, 90ms, 13) == 31);
}

TEST_CASE("vegas takes larger steps at a larger limit, and none beyond its bounds") {
  VegasLimit limit({.initial = 100, .most = 110}, nearly_one_draw);
  CHECK(after(limit, 100ms, 100) == 100);
  CHECK(after(limit, 100ms, 100) == 110);  // 6 * 2 more
  CHECK(after(limit, 1s, 110) == 108);     // 2 fewer
  VegasLimit least({.initial = 1}, nearly_one_draw);
  CHECK(after(least, 1ms, 1, true) == 1);
  CHECK(after(least, 1ms, 1, true) == 1);
}

TEST_CASE("vegas takes a sample for the shortest after some times its limit, by chance") {
  // Half of one times 4: the second, the fourth ... sample.
  VegasLimit limit({.initial = 4, .alpha = 1, .beta = 100, .probe_multiplier = 1}, always_zero);
  CHECK(after(limit, 10ms, 4) == 4);     // the shortest so far
  CHECK(after(limit, 100ms, 4) == 4);    // the new one
  CHECK(after(limit, 100ms, 4) == 104);  // so nobody queues
}

TEST_CASE("a window hands on the mean of its samples, the most under way, and whether one fell") {
  // Each drop halves, and each step is a sample.
  auto aimd = std::make_unique<AimdLimit>(
      AimdConfig{.initial = 100, .least = 1, .most = 200, .backoff_ratio = 0.5, .timeout = 50ms});
  WindowedLimit limit({.least = 100ms, .most = 1s, .samples = 2, .least_rtt = 1ms},
                      std::move(aimd));
  const auto sample = [&](Duration end, Duration rtt, std::uint32_t in_flight, bool dropped) {
    limit.sample({.began = at(end - rtt), .rtt = rtt, .in_flight = in_flight, .dropped = dropped});
    return limit.at(at(end));
  };
  CHECK(sample(10ms, 10ms, 90, true) == 100);  // the first window has one sample, too few
  CHECK(sample(60ms, 90ms, 1, false) == 100);
  CHECK(sample(110ms, 10ms, 50, false) == 100);  // it ends behind 110ms
  CHECK(sample(111ms, 999us, 1, true) == 100);   // too short to be a sample
  CHECK(sample(111ms, 20ms, 1, false) == 101);   // mean 40ms, and 50 were under way
  CHECK(sample(150ms, 20ms, 1, true) == 101);
  CHECK(sample(212ms, 20ms, 1, false) == 50);  // one of two was dropped
}

TEST_CASE("a window lasts twice the shortest time in the one before, within bounds") {
  const auto windows = [](Duration rtt) {
    auto aimd = std::make_unique<AimdLimit>(AimdConfig{.initial = 50, .least = 1, .most = 200});
    WindowedLimit limit({.least = 100ms, .most = 300ms, .samples = 1}, std::move(aimd));
    for (auto end = rtt; end <= rtt + 1s; end += 1ms) {
      limit.sample({.began = at(end - rtt), .rtt = rtt, .in_flight = 100});
    }
    return limit.at(at(1s)) - 50;
  };
  CHECK(windows(10ms) == 10);  // of 101ms: one begins with the first sample behind its end
  CHECK(windows(75ms) == 7);   // 151ms
  CHECK(windows(500ms) == 4);  // 301ms
}

TEST_CASE("a window leaves out what is shorter than it counts, and nothing else") {
  auto aimd = std::make_unique<AimdLimit>(AimdConfig{.initial = 50, .least = 1});
  WindowedLimit limit({.least = 100ms, .most = 100ms, .samples = 1, .least_rtt = 1ms},
                      std::move(aimd));
  limit.sample({.began = at(100ms), .rtt = 1ms - 1ns, .dropped = true});
  CHECK(limit.at(at(200ms)) == 50);
  limit.sample({.began = at(200ms), .rtt = 1ms, .dropped = true});
  CHECK(limit.at(at(300ms)) == 45);
}

TEST_CASE("envoy's bins have two digits, and are even in between") {
  LogLinearBins bins;
  bins.add(0);
  CHECK(bins.quantile(1) == 0);
  bins.clear();
  bins.add(7);
  CHECK(bins.quantile(0.5) == 7);
  bins.add(123'456);
  CHECK(bins.quantile(0.5) == 7);         // at most: the end of its bin, 7.1
  CHECK(bins.quantile(0.75) == 125'000);  // in the middle of 120,000 to 130,000
  CHECK(bins.quantile(1) == 130'000);
  bins.add(123'456);
  CHECK(bins.quantile(0) == 7);
  CHECK(bins.quantile(0.5) == 122'500);  // 1.5 of 3: half a sample of two in the bin
  CHECK(bins.count() == 3);
}

TEST_CASE("envoy measures first with its smallest limit, and then grows by a quarter and a root") {
  EnvoyGradientLimit limit(envoy(2), nearly_one_draw);
  CHECK(limit.at({}) == 3);
  CHECK(limit.at(at(10s)) == 3);  // it measures until there are enough samples
  CHECK(at_end(limit, 10s, 100ms) == 3);
  CHECK(at_end(limit, 10s, 100ms) == 3);  // minRTT is 105ms, the middle of its bin
  CHECK(at_end(limit, 10s + 50ms, 100ms) == 3);
  CHECK(limit.at(at(10s + 99ms)) == 3);
  CHECK(limit.at(at(10s + 100ms)) == 5);  // 3 * 1.25 = 3.75, and its root 1.94
  CHECK(limit.at(at(10s + 900ms)) == 5);  // no samples, no change
  CHECK(at_end(limit, 10s + 900ms, 100ms) == 5);
  CHECK(limit.at(at(11s)) == 8);  // 6.25 + 2.5
  CHECK(at_end(limit, 11s + 50ms, 400ms) == 8);
  CHECK(limit.at(at(11s + 100ms)) == 6);  // 105 * 1.25 / 405 is below half: 4 + 2
  CHECK(at_end(limit, 11s + 150ms, 100us) == 6);
  CHECK(limit.at(at(11s + 200ms)) == 15);  // at most double: 12 + 3.46
}

TEST_CASE("envoy measures again after its interval, and only calls that began since") {
  EnvoyGradientLimit limit({.jitter = 0, .request_count = 1}, nearly_one_draw);
  CHECK(at_end(limit, 1s, 100ms) == 3);
  CHECK(at_end(limit, 1s + 50ms, 100ms) == 3);
  CHECK(limit.at(at(2s)) == 5);
  CHECK(limit.at(at(61s - 1ns)) == 5);
  CHECK(limit.at(at(61s)) == 3);
  CHECK(at_end(limit, 61s + 50ms, 51ms) == 3);  // it began before
  CHECK(at_end(limit, 61s + 50ms, 50ms) == 5);  // minRTT is 50.5ms now, and the limit is back
  CHECK(at_end(limit, 61s + 149ms, 100ms) == 5);
  CHECK(limit.at(at(61s + 150ms)) == 4);  // 50.5 * 1.25 / 105 = 0.6: 3.006 + 1.7
}

TEST_CASE("envoy finds its limit before it measures again at the same instant") {
  EnvoyGradientLimit limit(
      {.update_interval = 100ms, .min_rtt_interval = 1s, .jitter = 0, .request_count = 1},
      nearly_one_draw);
  CHECK(at_end(limit, 1s, 100ms) == 3);
  CHECK(at_end(limit, 1950ms, 100ms) == 3);
  CHECK(limit.at(at(2s)) == 3);              // it measures
  CHECK(at_end(limit, 2100ms, 100ms) == 5);  // what was found just before
}

TEST_CASE("envoy adds whole milliseconds to its interval by chance") {
  EnvoyGradientLimit limit({.min_rtt_interval = 1s, .jitter = 10, .request_count = 1},
                           nearly_one_draw);
  CHECK(at_end(limit, 1s, 100ms) == 3);
  CHECK(at_end(limit, 1s + 50ms, 100ms) == 3);
  CHECK(limit.at(at(2s + 98ms)) == 5);
  CHECK(limit.at(at(2s + 99ms)) == 3);
}

TEST_CASE("envoy measures at once when five limits in a row were its smallest") {
  EnvoyGradientLimit limit({.update_interval = 100ms, .jitter = 0, .request_count = 1},
                           nearly_one_draw);
  CHECK(at_end(limit, 1s, 10ms) == 3);  // minRTT 10.5ms
  for (int i = 1; i <= 4; ++i) {
    CHECK(at_end(limit, 1s + i * 100ms - 1ms, 500ms) == 3);
  }
  CHECK(at_end(limit, 1s + 450ms, 500ms) == 3);
  CHECK(limit.at(at(1s + 500ms)) == 3);
  CHECK(at_end(limit, 1s + 600ms, 199ms) == 3);  // it began before the measurement
  CHECK(at_end(limit, 1s + 600ms, 100ms) == 3);  // minRTT 105ms
  CHECK(at_end(limit, 1s + 650ms, 100ms) == 3);
  CHECK(limit.at(at(1s + 700ms)) == 5);
}

TEST_CASE("envoy's limit has no end but the one that is set") {
  EnvoyGradientLimit limit({.most = 9, .jitter = 0, .request_count = 1}, nearly_one_draw);
  CHECK(at_end(limit, 1s, 100ms) == 3);
  for (auto now = 1050ms; now < 2s; now += 100ms) {
    (void)at_end(limit, now, 100ms);
  }
  CHECK(limit.at(at(2s)) == 9);
}
