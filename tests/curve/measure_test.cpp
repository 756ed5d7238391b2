#include "curve/measure.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/curve/plans.hpp"
#include "tests/support/catch.hpp"
#include "theory/detection.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using curve::Point;

namespace {

constexpr auto three_in_a_row = "classic,failures=3,timeout=1h";

struct Mean {
  double seconds = 0;
  double error = 0;  // of it
};
Mean mean_of(const std::vector<Duration>& times) {
  Mean mean;
  const auto n = static_cast<double>(times.size());
  for (const auto time : times) {
    mean.seconds += to_seconds(time) / n;
  }
  double squares = 0;
  for (const auto time : times) {
    squares += std::pow(to_seconds(time) - mean.seconds, 2);
  }
  mean.error = std::sqrt(squares / (n - 1) / n);
  return mean;
}

}  // namespace

TEST_CASE("a breaker opens the sooner the worse the upstream is, and never without errors") {
  const auto points = measured(plan_of({three_in_a_row}, {0, 0.3, 0.6, 1})).front().points;
  CHECK(points[0].opened.empty());
  CHECK(points[0].judged() == 20);
  CHECK_FALSE(points[0].quantile(0.5));
  for (std::size_t i = 2; i < points.size(); ++i) {
    CHECK(*points[i].quantile(0.5) < *points[i - 1].quantile(0.5));
  }
  // The third call is due 30 ms after the fault began at the latest, and takes 10.1 ms.
  CHECK(*points[3].quantile(1) <= 40100us);
  CHECK(*points[3].quantile(0.05) >= 30100us);
}

TEST_CASE("the mean time to open is what the closed forms say") {
  const auto check = [](const std::string& breaker, double share) {
    auto plan = plan_of({breaker}, {share}, 200);
    plan.world.loop = load::OpenLoop{.rate = Rate{100}, .arrival = load::Arrival::poisson};
    plan.within = 1h;
    plan.warm_up = 1500ms;
    const auto point = measured(plan).front().points.front();
    REQUIRE(point.opened.size() == 200);
    const auto form =
        theory::mean_time_to_open(plan.breakers.front().facts().trips.front(),
                                  {.calls_per_second = 100, .failures = share, .call_takes = 10ms});
    REQUIRE(form);
    const auto [mean, error] = mean_of(point.opened);
    INFO(breaker << " at " << share << ": " << mean << " +- " << error << ", "
                 << to_seconds(*form));
    CHECK(std::abs(mean - to_seconds(*form)) < 4 * error);
  };
  check(three_in_a_row, 0.3);
  check(three_in_a_row, 0.7);
  check(three_in_a_row, 1);
  check("gobreaker,Timeout=1h", 0.5);
  check("resilience4j,slidingWindowSize=100,minimumNumberOfCalls=20", 1);
}

TEST_CASE("no form is told where none is known, or where the rule never opens") {
  const auto form = [](const std::string& breaker, double share) {
    return theory::mean_time_to_open(choice(breaker).facts().trips.front(),
                                     {.calls_per_second = 100, .failures = share});
  };
  CHECK_FALSE(form(three_in_a_row, 0));
  CHECK_FALSE(form("resilience4j,minimumNumberOfCalls=20", 0.5));  // its half, and no more
  CHECK(form("resilience4j,minimumNumberOfCalls=20", 0.51));
  CHECK_FALSE(form("resilience4j,slidingWindowSize=100,minimumNumberOfCalls=100", 1));
}

TEST_CASE("the same seed brings the same curve in any order of its jobs, another seed another") {
  const auto plan = plan_of({three_in_a_row, "gobreaker"}, {0.3, 0.5}, 5);
  const auto forwards = measured(plan);
  curve::Measurement backwards(plan);
  for (auto job = backwards.jobs(); job-- > 0;) {
    backwards.run(job);
  }
  auto otherwise = plan;
  otherwise.world.seed = 2;
  const auto others = measured(otherwise);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t p = 0; p < 2; ++p) {
      CHECK(forwards[c].points[p].opened == backwards.curves()[c].points[p].opened);
      CHECK(forwards[c].points[p].opened != others[c].points[p].opened);
    }
  }
}

TEST_CASE("breakers are measured on the very same failures") {
  const auto curves = measured(plan_of({three_in_a_row, "classic,failures=2,timeout=1h"}, {0.3}));
  const auto& three = curves[0].points.front().opened;
  const auto& two = curves[1].points.front().opened;
  REQUIRE(three.size() == 20);
  CHECK(std::ranges::equal(two, three, std::less_equal{}));  // whoever opens at three did at two
}

TEST_CASE("a breaker that opens before the fault began tells nothing of it") {
  auto plan = plan_of({three_in_a_row}, {1});
  plan.world.upstream.normal.errors = *faults::parse_errors("30%");
  const auto point = measured(plan).front().points.front();
  CHECK(point.early > 10);
  CHECK(point.judged() + point.early == 20);
  CHECK(point.opened.size() == point.judged());
}

TEST_CASE("over the latency it is the timeout that makes failures") {
  auto plan = plan_of({three_in_a_row}, {0.05, 2});
  plan.axis = axis("latency");
  plan.world.timeout = 1s;
  const auto points = measured(plan).front().points;
  CHECK(points[0].opened.empty());
  REQUIRE(points[1].opened.size() == 20);
  CHECK(*points[1].quantile(0.5) > 1s);
  CHECK(*points[1].quantile(0.5) < 1100ms);
}

TEST_CASE("quantiles are of all runs that were judged, opened or not") {
  const Point point{.severity = 0.5, .runs = 11, .early = 1, .opened = {1s, 2s, 3s, 4s, 5s, 6s}};
  CHECK(point.quantile(0.1) == 1s);
  CHECK(point.quantile(0.5) == 5s);
  CHECK(point.quantile(0.6) == 6s);
  CHECK_FALSE(point.quantile(0.61));
  CHECK(point.share_open(999ms) == 0);
  CHECK(point.share_open(3s) == Approx(0.3));
  CHECK(point.share_open(1h) == Approx(0.6));
  CHECK(Point{.runs = 3, .early = 3, .opened = {}}.share_open(1h) == 0);
  CHECK_FALSE(Point{.runs = 3, .early = 3, .opened = {}}.quantile(0.5));
}
