// Published and simulated values that the closed forms must give.

#include "theory/windows.hpp"

#include <cmath>
#include <tuple>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::theory;
using breaker::TripRule;

namespace {

// Within a part in `parts` of `expected`.
bool near(double value, double expected, double parts) {
  return std::abs(value - expected) <= expected / parts;
}

}  // namespace

TEST_CASE("a short window of calls is solved exactly") {
  const auto calls = [](std::uint64_t minimum, double share) {
    return *exact_calls_until_window(
        {.kind = TripRule::Kind::share, .share = .5, .minimum_calls = minimum, .window_calls = 10},
        share, share, 10'000);
  };
  CHECK(near(calls(10, .3), 34.8016, 1e5));
  CHECK(near(calls(10, .2), 117.77, 1e4));
  CHECK(near(calls(10, .1), 1674.22, 1e5));
  CHECK(near(calls(10, .05), 36463.5, 1e5));
  CHECK(near(calls(10, .01), 8.51584e7, 1e4));
  CHECK(near(calls(5, .2), 108.951, 1e5));  // 3 of 5 are enough
}

// The published values were simulated, the first with an error of 36.
TEST_CASE("a long window of calls is solved by its approximation as by its chain") {
  for (const auto& [window, needed, share] :
       {std::tuple{20U, 10U, .2}, std::tuple{20U, 10U, .05}, std::tuple{20U, 5U, .02},
        std::tuple{40U, 4U, .01}, std::tuple{10U, 5U, .01}}) {
    INFO(needed << " of " << window << " at " << share);
    const auto chain = exact_calls_until_window({.kind = TripRule::Kind::count,
                                                 .failures = needed,
                                                 .minimum_calls = window,
                                                 .window_calls = window},
                                                share, share, 1'000'000);
    CHECK(near(scan_calls_until_window(window, needed, share), *chain, 100));
    CHECK(rare_calls_until_window(window, needed, share) < *chain);
  }
  CHECK(std::abs(scan_calls_until_window(20, 10, .2) - 1593) < 4 * 36);
  CHECK(near(scan_calls_until_window(20, 10, .3), 144.3, 50));
  CHECK(std::abs(scan_calls_until_window(100, 50, .4) - 889) < 4 * 6);
  CHECK(near(rare_calls_until_window(20, 10, .2), 1231, 1000));
  CHECK(near(rare_calls_until_window(10, 5, .01), 8.43e7, 1000));
}

TEST_CASE("a chain of more states than are allowed, or of a longer window, is not solved") {
  const TripRule rule{
      .kind = TripRule::Kind::count, .failures = 10, .minimum_calls = 20, .window_calls = 20};
  CHECK_FALSE(exact_calls_until_window(rule, .2, .2, 1000));
  CHECK_FALSE(exact_calls_until_window(
      {.kind = TripRule::Kind::count, .failures = 1, .window_calls = 65}, .2, .2, 1000));
}

TEST_CASE("windows that follow each other trip later than the share of full ones suggests") {
  CHECK(near(tumbling_calls_until_window(10, 5, .1), 6116, 1000));
}

TEST_CASE("a window of time holds failures enough with the chance that its formula says") {
  const auto chance = [](double rate, double seconds, double share, std::uint64_t minimum,
                         double failures) {
    return chance_of_share(
        {.kind = TripRule::Kind::share, .share = share, .minimum_calls = minimum}, rate * seconds,
        failures);
  };
  CHECK(near(chance(2, 10, .5, 20, .3), .01548, 1000));
  CHECK(near(chance(5, 10, .5, 20, .3), .002433, 1000));
  CHECK(near(chance(1, 10, .5, 5, .1), .002555, 1000));
  CHECK(near(chance(2, 10, .5, 10, .2), .003246, 1000));
  CHECK(near(chance(10, 10, .1, 20, .05), .02019, 1000));
}

TEST_CASE("more failures than the window holds never come") {
  CHECK(std::isinf(*exact_calls_until_window(
      {.kind = TripRule::Kind::count, .failures = 11, .window_calls = 10}, .5, .5, 10'000)));
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
