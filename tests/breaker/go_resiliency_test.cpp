#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

TEST_CASE("go-resiliency adds errors up over any number of successes") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=3,timeout=10s");
  for (int i = 0; i < 2; ++i) {
    fail(*breaker, at(1s));
    for (int n = 0; n < 100; ++n) {
      succeed(*breaker, at(1s));
    }
  }
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(2s));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->take_transitions().back().cause ==
        "3 failures without a pause of more than 10s, the last a 503");
}

TEST_CASE(
    "go-resiliency forgets errors after a pause of more than its timeout, not of just so much") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=2,timeout=1s");
  fail(*breaker, at(0s));
  fail(*breaker, at(1s + 1ns));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(2s + 1ns));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("go-resiliency is half-open by a timer at the very end of its timeout, for everybody") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=1,timeout=1s");
  fail(*breaker, at(5s));
  CHECK(breaker->try_acquire(at(6s - 1ns)).error == "ErrBreakerOpen");
  REQUIRE(breaker->next_tick() == at(6s));
  breaker->tick(at(6s));
  CHECK(breaker->state() == State::half_open);
  CHECK(breaker->next_tick() == never);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(rejects(*breaker, at(6s)));
  }
}

TEST_CASE("go-resiliency never counts the late success of a call sent while closed") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=1,successThreshold=1,timeout=1s");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->tick(at(1s));
  breaker->record(straggler, Outcome::success, ok, at(1s));
  CHECK(breaker->state() == State::half_open);
  succeed(*breaker, at(1s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("go-resiliency counts the success of an earlier half-open stay in a later one") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=1,successThreshold=2,timeout=1s");
  fail(*breaker, at(0s));
  breaker->tick(at(1s));
  const auto first = acquire(*breaker, at(1s));
  fail(*breaker, at(1s));
  breaker->tick(at(2s));
  breaker->record(first, Outcome::success, ok, at(2s));
  CHECK(breaker->state() == State::half_open);
  succeed(*breaker, at(2s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().back().cause == "2 trials succeeded");
}

TEST_CASE("errors that reach go-resiliency while open neither count nor prolong it") {
  const auto breaker = make_breaker("go-resiliency,errorThreshold=1,timeout=1s");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->record(straggler, Outcome::failure, error_503, at(900ms));
  CHECK(breaker->next_tick() == at(1s));
}

TEST_CASE("go-resiliency with a threshold of 0 never opens, and says so before") {
  const auto zero = choice("go-resiliency,errorThreshold=0");
  const auto breaker = zero.make(Random(1));
  for (int i = 0; i < 1000; ++i) {
    fail(*breaker, at(0s));
  }
  CHECK(breaker->state() == State::closed);
  CHECK(zero.facts().trips.empty());
  const auto warnings = zero.warnings({});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].key == "errorThreshold");
  CHECK(warnings[0].remedy == "write errorThreshold=1");
}

TEST_CASE("go-resiliency warns when the errors of a good day come faster than it forgets them") {
  const auto five_seconds = choice("go-resiliency");
  CHECK(five_seconds.warnings({.calls_per_second = 100, .normal_errors = 0.001}).empty());
  const auto warnings = five_seconds.warnings({.calls_per_second = 1000, .normal_errors = 0.001});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].key == "timeout");
  CHECK_THAT(warnings[0].reason, ContainsSubstring("5 errors come in 5s"));
}
