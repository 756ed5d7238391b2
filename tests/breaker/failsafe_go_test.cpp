#include "breaker/dialects/failsafe_go.hpp"

#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::State;

namespace {

void results(breaker::Breaker& breaker, TimePoint now, int successes, int failures) {
  for (int i = 0; i < successes; ++i) {
    succeed(breaker, now);
  }
  for (int i = 0; i < failures; ++i) {
    fail(breaker, now);
  }
}

}  // namespace

TEST_CASE("failsafe-go opens on one failure and half-opens at the very end of a minute") {
  const auto breaker = make_breaker("failsafe-go");
  fail(*breaker, at(0s));
  CHECK(breaker->try_acquire(at(60s - 1ns)).error == "ErrOpen");
  CHECK_FALSE(rejects(*breaker, at(60s)));
}

TEST_CASE("failsafe-go closes on 1 success of 10 at 0.9 and reopens on 3 of 10 at 0.7") {
  for (const auto& [threshold, successes] : {std::pair{"0.9", 1}, std::pair{"0.7", 3}}) {
    INFO(threshold);
    const auto breaker = make_breaker(
        std::string("failsafe-go,WithDelay=1s,WithFailureRateThreshold=") + threshold + "/10/5s");
    results(*breaker, at(0s), 0, 10);
    CHECK(breaker->state() == State::open);
    results(*breaker, at(1s), successes, 10 - successes);
    CHECK(breaker->state() == (successes == 1 ? State::closed : State::open));
  }
}

TEST_CASE("failsafe-go rounds the measured rate to two decimals and not the threshold") {
  struct Case {
    const char* rule;
    int calls;
    bool opens;
  };
  for (const auto& [rule, calls, opens] :
       {Case{"0.333/3/5s", 3, false}, Case{"0.33/3/5s", 3, true}, Case{"0.13/8/5s", 8, true},
        Case{"0.14/8/5s", 8, false}}) {
    INFO(rule);
    const auto breaker = make_breaker(std::string("failsafe-go,WithFailureRateThreshold=") + rule);
    results(*breaker, at(0s), calls - 1, 1);
    CHECK((breaker->state() == State::open) == opens);
  }
}

TEST_CASE("the buckets of failsafe-go lie on the clock's grid") {
  for (const auto first : {99ms, 100ms}) {
    const auto breaker = make_breaker("failsafe-go,WithFailureThresholdPeriod=2/1s");
    fail(*breaker, at(first));
    fail(*breaker, at(1000ms));
    CHECK((breaker->state() == State::open) == (first == 100ms));
  }
}

TEST_CASE("a rate of 0 is no rate rule for failsafe-go") {
  const std::string settings = "failsafe-go,WithFailureRateThreshold=0/3/1s";
  const auto breaker = make_breaker(settings);
  results(*breaker, at(0s), 2, 0);
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(0s));
  CHECK(breaker->state() == State::open);
  CHECK(choice(settings).warnings({})[0].key == "WithFailureRateThreshold");
}

TEST_CASE("failsafe-go takes ratios upside down, which are never reached, and a warning says so") {
  const auto failures = choice("failsafe-go,WithFailureThresholdRatio=3/2");
  const auto breaker = failures.make(Random(1));
  results(*breaker, at(0s), 0, 100);
  CHECK(breaker->state() == State::closed);
  CHECK(failures.warnings({})[0].key == "WithFailureThresholdRatio");

  const auto successes = choice("failsafe-go,WithDelay=1s,WithSuccessThresholdRatio=3/2");
  const auto stuck = successes.make(Random(1));
  fail(*stuck, at(0s));
  results(*stuck, at(1s), 50, 50);
  CHECK(stuck->state() == State::half_open);
  CHECK(successes.warnings({})[0].key == "WithSuccessThresholdRatio");
}

TEST_CASE("failsafe-go refuses what would crash it, and calls that replace one another") {
  struct Bad {
    const char* settings;
    const char* message;
    const char* hint;
  };
  for (const auto& [settings, message, hint] : {
           Bad{"WithFailureThreshold=0", "WithFailureThreshold: '0'", "1 to 1000000"},
           Bad{"WithFailureThresholdRatio=1/0", "WithFailureThresholdRatio: '0'", "1 to 1000000"},
           Bad{"WithFailureThresholdRatio=1", "not a valid list of its 2 arguments", "3/5"},
           Bad{"WithFailureThresholdPeriod=1/9ns", "'9ns' is too short", "10ns"},
           Bad{"WithFailureRateThreshold=1.1/1/1s", "WithFailureRateThreshold: '1.1'", "0 to 1"},
           Bad{"WithFailureRateThreshold=0.5/1s", "not a valid list of its 3 arguments",
               "0.5/20/10s"},
           Bad{"WithFailureThreshold=2,WithFailureThresholdRatio=2/3",
               "WithFailureThresholdRatio: it sets the same as WithFailureThreshold", "keep one"},
           Bad{"WithSuccessThreshold=2,WithSuccessThresholdRatio=2/3",
               "WithSuccessThresholdRatio: it sets the same as WithSuccessThreshold", "keep one"},
       }) {
    INFO(settings);
    const auto parsed = breaker::parse_choice(std::string("failsafe-go,") + settings);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(message));
    CHECK_THAT(parsed.error().hint, ContainsSubstring(hint));
  }
}
