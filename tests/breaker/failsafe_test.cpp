#include "breaker/dialects/failsafe.hpp"

#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

TEST_CASE("failsafe opens on the third failure of five, also as the third call") {
  const auto breaker = make_breaker("failsafe,withFailureThreshold=3/5");
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(1s));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->take_transitions().back().cause == "3 of 3 calls failed (100%), the last a 503");
}

TEST_CASE("the delay of failsafe is over at its very end") {
  const auto breaker = make_breaker("failsafe,withDelay=1s");
  fail(*breaker, at(5s));
  CHECK(breaker->try_acquire(at(6s - 1ns)).error == "CircuitBreakerOpenException");
  CHECK_FALSE(rejects(*breaker, at(6s)));
  CHECK(breaker->state() == State::half_open);
}

TEST_CASE("half-open, failsafe closes on the first success and takes n failures to reopen") {
  for (const auto* threshold : {"3", "3/10s", "3/8/10s"}) {
    INFO(threshold);
    const auto settings = std::string("failsafe,withDelay=1s,withFailureThreshold=") + threshold;
    const auto breaker = make_breaker(settings);
    for (int i = 0; i < 8 && breaker->state() == State::closed; ++i) {
      fail(*breaker, at(0s));
    }
    fail(*breaker, at(1s));
    fail(*breaker, at(1s));
    CHECK(breaker->state() == State::half_open);
    fail(*breaker, at(1s));
    CHECK(breaker->state() == State::open);
    fail(*breaker, at(2s));
    succeed(*breaker, at(2s));
    CHECK(breaker->state() == State::closed);
    CHECK(breaker->take_transitions().back().cause == "1 of 2 half-open results succeeded (50%)");
    CHECK(choice(settings).warnings({}).size() == 1);
  }
}

TEST_CASE("half-open, failsafe limits concurrency, and a late result raises the limit") {
  const auto breaker = make_breaker("failsafe,withFailureThreshold=3,withDelay=1s");
  const auto straggler = acquire(*breaker, at(0s));
  for (int i = 0; i < 3; ++i) {
    fail(*breaker, at(0s));
  }
  const auto trial = acquire(*breaker, at(1s));
  acquire(*breaker, at(1s));
  acquire(*breaker, at(1s));
  CHECK(rejects(*breaker, at(1s)));
  breaker->record(trial, Outcome::failure, error_503, at(1s));
  CHECK_FALSE(rejects(*breaker, at(1s)));
  breaker->record(straggler, Outcome::failure, error_503, at(1s));
  CHECK_FALSE(rejects(*breaker, at(1s)));  // four at once, of three
  CHECK(rejects(*breaker, at(1s)));
}

TEST_CASE("an ignored trial gives its place back to failsafe, an ignored straggler gives none") {
  const auto breaker = make_breaker("failsafe,withDelay=1s");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  const auto trial = acquire(*breaker, at(1s));
  breaker->record(straggler, Outcome::ignored, ok, at(1s));
  CHECK(rejects(*breaker, at(1s)));
  breaker->record(trial, Outcome::ignored, ok, at(1s));
  CHECK(breaker->state() == State::half_open);
  CHECK_FALSE(rejects(*breaker, at(1s)));
}

TEST_CASE("49.5% of failures opens failsafe at 50%, and half-open closes it") {
  const auto breaker = make_breaker("failsafe,withFailureRateThreshold=50/200/10s,withDelay=1s");
  const auto play = [&](TimePoint now) {
    for (int i = 0; i < 101; ++i) {
      succeed(*breaker, now);
    }
    for (int i = 0; i < 98; ++i) {
      fail(*breaker, now);
    }
    const auto before = breaker->state();
    fail(*breaker, now);
    return before;
  };
  CHECK(play(at(0s)) == State::closed);
  CHECK(breaker->state() == State::open);
  CHECK(play(at(1s)) == State::half_open);
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("failsafe forgets a failure after a period, but not in the period after an idle gap") {
  const std::string settings = "failsafe,withFailureThreshold=2/1s";
  const auto fresh = make_breaker(settings);
  fail(*fresh, at(50ms));
  fail(*fresh, at(1000ms));
  CHECK(fresh->state() == State::closed);

  const auto idle = make_breaker(settings);
  succeed(*idle, at(10s));
  succeed(*idle, at(10s + 100ms));
  fail(*idle, at(10s + 150ms));
  fail(*idle, at(10s + 2050ms));
  CHECK(idle->state() == State::open);
}

TEST_CASE(
    "an idle gap of over 2^31 buckets wraps failsafe's window around, and it forgets nothing") {
  for (const auto gap :
       {std::chrono::milliseconds((1LL << 31) - 1), std::chrono::milliseconds((1LL << 31) + 1)}) {
    const auto breaker = make_breaker("failsafe,withFailureThreshold=2/10ms");
    fail(*breaker, at(0s));
    fail(*breaker, at(gap));
    CHECK((breaker->state() == State::open) == (gap.count() > 1LL << 31));
  }
}

TEST_CASE("failsafe refuses what its builder refuses") {
  struct Bad {
    const char* settings;
    const char* message;
    const char* hint;
  };
  for (const auto& [settings, message, hint] : {
           Bad{"withFailureThreshold=0", "withFailureThreshold: '0'", "1 to 1000000"},
           Bad{"withFailureThreshold=3/2", "withFailureThreshold: '2'", "3 to 1000000"},
           Bad{"withFailureThreshold=3/2/10s", "withFailureThreshold: '2'", "3 to 1000000"},
           Bad{"withFailureThreshold=3/9ms", "withFailureThreshold: '9ms'", "at least 10ms"},
           Bad{"withFailureThreshold=3/10500us", "not a whole number of milliseconds", "whole"},
           Bad{"withFailureThreshold=3/4/5", "'3/4/5' is not a valid list of its arguments",
               "3/20/10s"},
           Bad{"withFailureThreshold=3/4/5s/6", "list of its arguments", "3/20/10s"},
           Bad{"withFailureRateThreshold=101/5/1s", "withFailureRateThreshold: '101'", "1 to 100"},
           Bad{"withFailureRateThreshold=50/5", "three arguments", "50/20/10s"},
           Bad{"withSuccessThreshold=3/2", "withSuccessThreshold: '2'", "3 to 1000000"},
           Bad{"withSuccessThreshold=3/4/5", "list of its arguments", "3/5"},
           Bad{"withDelay=1", "withDelay: '1' has no unit", "1s"},
       }) {
    INFO(settings);
    const auto parsed = breaker::parse_choice(std::string("failsafe,") + settings);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(message));
    CHECK_THAT(parsed.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("failsafe warns of a rule that another replaces and of a period that is cut") {
  CHECK(choice("failsafe").warnings({}).empty());
  CHECK(choice("failsafe,withFailureThreshold=3,withSuccessThreshold=2").warnings({}).empty());
  const auto both =
      choice("failsafe,withFailureThreshold=3,withFailureRateThreshold=50/20/1009ms").warnings({});
  REQUIRE(both.size() == 2);
  CHECK(both[0].key == "withFailureThreshold");
  CHECK(both[1].key == "withFailureRateThreshold");
  CHECK(both[1].reason == "ten buckets of 100ms cover less than the period of 1.009s");
}

TEST_CASE("the facts of failsafe tell a run of failures, a count and a rate apart") {
  using Kind = breaker::TripRule::Kind;
  const auto run = choice("failsafe,withFailureThreshold=4").facts();
  CHECK(run.trips[0].kind == Kind::consecutive);
  CHECK(run.trips[0].failures == 4);
  CHECK(run.trials_admitted == 4);
  CHECK(run.trials_needed == 1);

  const auto ratio = choice("failsafe,withFailureThreshold=3/5,withSuccessThreshold=2/6").facts();
  CHECK(ratio.trips[0].kind == Kind::count);
  CHECK(ratio.trips[0].window_calls == 5);
  CHECK(ratio.trials_admitted == 6);
  CHECK(ratio.trials_needed == 2);

  const auto rate = choice("failsafe,withFailureRateThreshold=40/20/30s,withDelay=5s").facts();
  CHECK(rate.trips[0].kind == Kind::share);
  CHECK(rate.trips[0].share == 0.4);
  CHECK(rate.trips[0].minimum_calls == 20);
  CHECK(rate.trips[0].window == 30s);
  CHECK(rate.trials_needed == 20);
  CHECK(rate.open_for == 5s);
}
