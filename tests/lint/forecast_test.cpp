// Published and simulated values that the closed forms must give.

#include "lint/forecast.hpp"

#include <cmath>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::lint;
using breaker::TripRule;

namespace {

// Within a part in `parts` of `expected`.
bool near(double value, double expected, double parts) {
  return std::abs(value - expected) <= expected / parts;
}

}  // namespace

TEST_CASE("a row of failures comes as often as the closed form of a run says") {
  struct Row {
    double share;
    std::uint64_t n;
    double calls;
  };
  for (const auto& [share, n, calls] :
       {Row{.5, 3, 14}, Row{.5, 5, 62}, Row{.3, 5, 586.461}, Row{.2, 5, 3905}, Row{.1, 3, 1110},
        Row{.1, 5, 111110}, Row{.05, 5, 3.36842e6}}) {
    INFO(share << " " << n);
    CHECK(near(calls_until_row(n, share, share), calls, 1e5));
  }
}

TEST_CASE("bursts bring a row of failures much sooner") {
  CHECK(near(calls_until_row(5, .01, .01), 1.0101e10, 1e4));
  CHECK(near(calls_until_row(5, .01, .3), 17635.3, 1e5));
  CHECK(near(calls_until_row(5, .01, .5), 3198, 1e4));
  CHECK(near(calls_until_row(5, .01, .8), 1215.7, 1e4));
  CHECK(near(calls_until_row(5, .05, .5), 638, 1e3));
}

TEST_CASE("a short window of calls is solved exactly") {
  const auto calls = [](std::uint64_t minimum, double share) {
    return *calls_until_window(
        {.kind = TripRule::Kind::share, .share = .5, .minimum_calls = minimum, .window_calls = 10},
        share, share);
  };
  CHECK(near(calls(10, .3), 34.8016, 1e5));
  CHECK(near(calls(10, .2), 117.77, 1e4));
  CHECK(near(calls(10, .1), 1674.22, 1e5));
  CHECK(near(calls(10, .05), 36463.5, 1e5));
  CHECK(near(calls(10, .01), 8.51584e7, 1e4));
  CHECK(near(calls(5, .2), 108.951, 1e5));  // 3 of 5 are enough
}

TEST_CASE("a long window of calls is estimated, from below and within a third") {
  const TripRule rule{
      .kind = TripRule::Kind::count, .failures = 10, .minimum_calls = 20, .window_calls = 20};
  CHECK(near(*calls_until_window(rule, .2, .2), 1231 + 20, 100));
  CHECK(*calls_until_window(rule, .2, .2) < 1593);
  CHECK_FALSE(calls_until_window(rule, .2, .5));
}

TEST_CASE("more failures than the window holds never come") {
  CHECK(std::isinf(*calls_until_window(
      {.kind = TripRule::Kind::count, .failures = 11, .window_calls = 10}, .5, .5)));
}

TEST_CASE("a window of time trips about as often as one that is simulated") {
  // 20 calls in the window on average, 30% of at least 10 calls, 5% failures.
  TripRule rule{.kind = TripRule::Kind::share, .share = .3, .minimum_calls = 10};
  const double estimate = calls_until_share(rule, 20, .05);

  double sum = 0;
  constexpr int trips = 200;
  Random random(7);
  for (int trip = 0; trip < trips; ++trip) {
    std::vector<std::pair<double, bool>> window;  // arrival in windows, failure
    std::size_t oldest = 0;
    std::size_t failures = 0;
    double now = 0;
    for (double calls = 1;; ++calls) {
      now += -std::log1p(-random.unit()) / 20;
      const bool failure = random.unit() < .05;
      window.emplace_back(now, failure);
      failures += failure ? 1U : 0U;
      for (; window[oldest].first < now - 1; ++oldest) {
        failures -= window[oldest].second ? 1U : 0U;
      }
      const auto held = static_cast<double>(window.size() - oldest);
      if (held >= 10 && static_cast<double>(failures) >= .3 * held) {
        sum += calls;
        break;
      }
    }
  }
  INFO("simulated " << sum / trips << " estimated " << estimate);
  CHECK(near(estimate, sum / trips, 3));
}

TEST_CASE("no window trips before the failures that it needs can have come") {
  const TripRule three{
      .kind = TripRule::Kind::count, .failures = 3, .window = std::chrono::seconds(10)};
  CHECK(calls_until_share(three, 200, .05) >= 3 / .05);
}
