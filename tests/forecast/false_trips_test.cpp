// Forecasts held to each other: theory to the breakers, importance sampling to theory and to plain
// simulation; and each falsified on purpose.
#include "forecast/false_trips.hpp"

#include <chrono>
#include <cmath>
#include <string>

#include "forecast/words.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::forecast;
using namespace std::chrono_literals;
using testing::Approx;
using testing::choice;

namespace {

Baseline everyday(double failures, std::optional<double> stickiness = std::nullopt) {
  return {.calls_per_second = 100,
          .failures = failures,
          .latency = DurationDistribution::fixed(5ms),
          .stickiness = stickiness};
}

// Standard errors from `exact` to what was sampled.
double errors_off(const FalseTrips& sampled, double exact) {
  return std::abs(sampled.per_month - exact) / ((sampled.high - sampled.low) / 2 / 1.96);
}

constexpr Effort little{.calls = 100'000};

}  // namespace

TEST_CASE("what theory says of a dialect, its breaker does") {
  struct Case {
    std::string breaker;
    double failures;
    std::optional<double> stickiness{};
  };
  for (const auto& [breaker, failures, stickiness] :
       std::vector<Case>{{"classic,failures=3,timeout=1s", .2},
                         {"classic,failures=3,timeout=1s", .05, .5},
                         {"gobreaker", .4},
                         {"gobreaker,Timeout=1s", .1, .6},
                         {"polly7", .3},
                         {"vertx", .3},
                         {"cockatiel", .3},
                         {"cockatiel3", .3},
                         {"failsafe,withFailureThreshold=3", .2},
                         {"failsafe-go,WithFailureThreshold=3", .2},
                         {"failsafe,withFailureThreshold=3/8", .15},
                         {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10", .2},
                         {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5", .15},
                         {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10", .1, .4},
                         {"resilience4j,slidingWindowSize=40", .3},
                         {"resilience4j-lockfree,slidingWindowSize=10", .2}}) {
    INFO(breaker << " at " << failures);
    const auto theory = by_theory(choice(breaker), everyday(failures, stickiness));
    REQUIRE(theory);
    CHECK(theory->low == theory->high);
    const auto simulated = by_simulation(choice(breaker), everyday(failures, stickiness), little);
    INFO(words(*theory) << ", " << words(simulated));
    CHECK(errors_off(simulated, theory->per_month) < 4);
    // What is expected of another share is not what the breaker does.
    const auto wrong = by_theory(choice(breaker), everyday(failures * .5, stickiness));
    CHECK(errors_off(simulated, wrong->per_month) > 4);
  }
}

TEST_CASE("importance sampling finds what is too rare to be simulated") {
  const auto check = [](const std::string& breaker, double failures,
                        std::optional<double> stickiness = std::nullopt) {
    INFO(breaker << " at " << failures);
    const auto baseline = everyday(failures, stickiness);
    const auto theory = by_theory(choice(breaker), baseline);
    const auto sampled = by_importance(choice(breaker), baseline, little);
    REQUIRE((theory && sampled));
    INFO(words(*theory) << ", " << words(*sampled));
    CHECK(errors_off(*sampled, theory->per_month) < 4);
    CHECK(sampled->high - sampled->low < sampled->per_month);
    CHECK(by_simulation(choice(breaker), baseline, little).per_month == 0);
  };
  check("classic", .02);
  check("classic", .01, .05);
  check("gobreaker", .05);
  check("resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10", .01);
  check("resilience4j,slidingWindowSize=20,minimumNumberOfCalls=20", .02);
  check("resilience4j", .2);
}

TEST_CASE("slow calls trip a breaker as often as failures do, if its rule is about them") {
  const std::string breaker =
      "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10,slowCallRateThreshold=50,"
      "slowCallDurationThreshold=20ms";
  auto baseline = everyday(0);
  baseline.latency = *parse_duration_distribution("0ms..21.5ms", "latency");
  const auto theory = by_theory(choice(breaker), baseline);
  REQUIRE(theory);
  CHECK(theory->method == Method::exact_chain);
  CHECK(errors_off(by_simulation(choice(breaker), baseline, little), theory->per_month) < 4);
  CHECK(errors_off(*by_importance(choice(breaker), baseline, {.calls = 400'000}),
                   theory->per_month) < 4);
}

TEST_CASE("slow calls that hardly ever come are no hindrance") {
  auto baseline = everyday(0.01);
  baseline.latency = *parse_duration_distribution("p50=20ms,p99=200ms", "latency");
  const auto trips =
      forecast::by_importance(choice("resilience4j,slidingWindowSize=20"), baseline, little);
  REQUIRE(trips);
  CHECK(trips->per_month >= 0);
}

TEST_CASE("no call is slower than the timeout, so that a rule about slower ones trips nothing") {
  const std::string settings = "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10";
  const auto slow = settings + ",slowCallRateThreshold=50,slowCallDurationThreshold=1s";
  auto baseline = everyday(0.05);
  baseline.latency = *parse_duration_distribution("p50=1s,p99=4s", "latency");
  CHECK(by_simulation(choice(slow), baseline, little).per_month >
        10 * by_theory(choice(settings), baseline)->per_month);
  baseline.timeout = 500ms;
  REQUIRE(by_theory(choice(slow), baseline));
  CHECK(*by_theory(choice(slow), baseline) == *by_theory(choice(settings), baseline));
  CHECK(errors_off(by_simulation(choice(slow), baseline, {.calls = 1'000'000}),
                   by_theory(choice(settings), baseline)->per_month) < 4);
  baseline.latency = DurationDistribution::fixed(2s);
  CHECK(errors_off(by_simulation(choice(slow), baseline, {.calls = 1'000'000}),
                   by_theory(choice(settings), baseline)->per_month) < 4);
}

TEST_CASE("a window of time is simulated where it trips often, and sampled where it does not") {
  const auto breaker = choice("polly,SamplingDuration=2s,MinimumThroughput=20,FailureRatio=0.2");
  const auto often = false_trips(breaker, everyday(.15), {.calls = 400'000});
  CHECK(often.method == Method::simulation);
  const auto seldom = false_trips(breaker, everyday(.05), {.calls = 400'000});
  CHECK(seldom.method == Method::importance_sampling);
  CHECK(seldom.high < often.low);
  // Where both can be had, they agree.
  const auto both = everyday(.11);
  const auto simulated = by_simulation(breaker, both, {.calls = 400'000});
  const auto sampled = *by_importance(breaker, both, {.calls = 400'000});
  INFO(words(simulated) << ", " << words(sampled));
  CHECK(simulated.low <= sampled.high);
  CHECK(sampled.low <= simulated.high);
}

TEST_CASE("a month has as many trips as fit between them, with the open times") {
  // 14 calls to three failures in a row at one half, at 1/s; then 60 s open, and trials: two good
  // ones in a row close it, a bad one opens it again.
  const auto baseline = Baseline{.calls_per_second = 1, .failures = .5};
  const auto trips = false_trips(choice("classic,failures=3,successes=2,timeout=60s"), baseline);
  CHECK(trips.method == Method::closed_form);
  CHECK(trips.per_month == Approx(2'592'000 / (14 + 4 * 60 + 4 * 1.5)));
}

TEST_CASE("without failures, or without a rule that they meet, no breaker trips") {
  CHECK(false_trips(choice("classic"), everyday(0)).per_month == 0);
  CHECK(false_trips(choice("none"), everyday(.5)) == FalseTrips{});
  // One that only slow calls trip, while none is slow.
  CHECK(
      false_trips(choice("resilience4j,failureRateThreshold=100,slidingWindowSize=10"), everyday(0))
          .per_month == 0);
}

TEST_CASE("a forecast depends on its arguments and on nothing else") {
  const auto breaker = choice("polly,MinimumThroughput=20");
  CHECK(false_trips(breaker, everyday(.02), little) == false_trips(breaker, everyday(.02), little));
  CHECK_FALSE(false_trips(breaker, everyday(.02), {.calls = little.calls, .seed = 2}) ==
              false_trips(breaker, everyday(.02), little));
}

TEST_CASE("a forecast says what it is made of") {
  CHECK(words(FalseTrips{.per_month = .0213, .low = .0213, .high = .0213}) ==
        "0.0213 by closed form");
  CHECK(words(FalseTrips{
            .per_month = 1234, .low = 1100, .high = 1400.4, .method = Method::simulation}) ==
        "1,234 (1,100 to 1,400) by simulation");
  CHECK(words(FalseTrips{.per_month = 3e-95,
                         .low = 1e-95,
                         .high = 5e-95,
                         .method = Method::importance_sampling}) ==
        "fewer than 0.000001 by importance sampling");
  CHECK(words(FalseTrips{}) == "0 by closed form");
}
