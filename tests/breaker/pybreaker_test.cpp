#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Admission;
using breaker::Outcome;
using breaker::parse_choice;
using breaker::State;

TEST_CASE("the call that trips pybreaker sees CircuitBreakerError, unless it is told not to") {
  for (const auto* dialect : {"pybreaker", "pybreaker_calling"}) {
    const auto breaker = make_breaker(std::string(dialect) + ",fail_max=2");
    const auto first = acquire(*breaker, at(0s));
    CHECK(breaker->record(first, Outcome::failure, error_503, at(0s)).empty());
    const auto second = acquire(*breaker, at(0s));
    CHECK(breaker->record(second, Outcome::failure, error_503, at(0s)) == "CircuitBreakerError");
    CHECK(breaker->state() == State::open);

    const auto quiet =
        make_breaker(std::string(dialect) + ",fail_max=1,throw_new_error_on_trip=false");
    const auto only = acquire(*quiet, at(0s));
    CHECK(quiet->record(only, Outcome::failure, error_503, at(0s)).empty());
    CHECK(quiet->state() == State::open);
  }
}

TEST_CASE("pybreaker is half-open at the very end of its reset_timeout, in whole microseconds") {
  const auto breaker = make_breaker("pybreaker,fail_max=1,reset_timeout=1s");
  fail(*breaker, at(5s + 999ns));
  CHECK(breaker->try_acquire(at(6s - 1ns)).error == "CircuitBreakerError");
  acquire(*breaker, at(6s));
  CHECK(breaker->state() == State::half_open);
}

TEST_CASE("pybreaker's callers wait for the end of the call that runs, and are judged then") {
  const auto breaker = make_breaker("pybreaker,fail_max=1,reset_timeout=1s");
  const auto running = acquire(*breaker, at(0s));
  const auto held = breaker->try_acquire(at(0s));
  REQUIRE(held.answer == Admission::Answer::waiting);
  CHECK(breaker->resume(held.permit, at(0s)).answer == Admission::Answer::waiting);
  breaker->record(running, Outcome::failure, error_503, at(3s));
  CHECK(breaker->resume(held.permit, at(3s)).answer == Admission::Answer::rejected);

  const auto probe = acquire(*breaker, at(4s));
  const auto next = breaker->try_acquire(at(4s));
  REQUIRE(next.answer == Admission::Answer::waiting);
  breaker->record(probe, Outcome::success, ok, at(5s));
  const auto resumed = breaker->resume(next.permit, at(5s));
  CHECK(resumed.answer == Admission::Answer::admitted);
  CHECK(resumed.permit.given_at == at(5s));
  CHECK(resumed.permit.state == State::closed);
}

TEST_CASE("an excluded error is a success to pybreaker, half-open too, and else it is nothing") {
  const auto excluding = make_breaker("pybreaker,fail_max=1,reset_timeout=1s,exclude=ignored");
  fail(*excluding, at(0s));
  excluding->record(acquire(*excluding, at(1s)), Outcome::ignored, ok, at(1s));
  CHECK(excluding->state() == State::closed);

  const auto plain = make_breaker("pybreaker,fail_max=1,reset_timeout=1s");
  fail(*plain, at(0s));
  plain->record(acquire(*plain, at(1s)), Outcome::ignored, ok, at(1s));
  CHECK(plain->state() == State::half_open);
  CHECK(plain->try_acquire(at(1s)).answer == Admission::Answer::admitted);  // the lock is free
}

TEST_CASE("half-open, pybreaker_calling lets everybody through at the same time") {
  const auto breaker = make_breaker("pybreaker_calling,fail_max=1,reset_timeout=1s");
  fail(*breaker, at(0s));
  for (int i = 0; i < 100; ++i) {
    CHECK(breaker->try_acquire(at(1s)).answer == Admission::Answer::admitted);
  }
}

TEST_CASE(
    "a late failure starts pybreaker_calling's open period anew, but not after a late success") {
  const auto breaker = make_breaker("pybreaker_calling,fail_max=2,reset_timeout=1s");
  const auto one = acquire(*breaker, at(0s));
  const auto two = acquire(*breaker, at(0s));
  const auto good = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->record(one, Outcome::failure, error_503, at(500ms));
  CHECK(rejects(*breaker, at(1400ms)));
  breaker->record(good, Outcome::success, ok, at(1400ms));
  breaker->record(two, Outcome::failure, error_503, at(1400ms));
  CHECK_FALSE(rejects(*breaker, at(1500ms)));
}

TEST_CASE("pybreaker_calling judges a trial by the state that admitted it, whatever the state is") {
  const auto breaker = make_breaker("pybreaker_calling,fail_max=5,reset_timeout=1s");
  for (int i = 0; i < 5; ++i) {
    fail(*breaker, at(0s));
  }
  const auto good = acquire(*breaker, at(1s));
  const auto bad = acquire(*breaker, at(1s));
  const auto late = acquire(*breaker, at(1s));
  breaker->record(bad, Outcome::failure, error_503, at(1s));
  REQUIRE(breaker->state() == State::open);
  breaker->record(good, Outcome::success, ok, at(1s));
  REQUIRE(breaker->state() == State::closed);  // straight from open
  breaker->record(late, Outcome::failure, error_503, at(1s));
  CHECK(breaker->state() == State::open);  // on one failure
}

TEST_CASE("a closed-era success is not one of pybreaker_calling's success_threshold") {
  const auto breaker =
      make_breaker("pybreaker_calling,fail_max=1,reset_timeout=1s,success_threshold=2");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  succeed(*breaker, at(1s));
  breaker->record(straggler, Outcome::success, ok, at(1s));
  CHECK(breaker->state() == State::half_open);
  succeed(*breaker, at(1s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("pybreaker takes bare seconds, and its two ways of calling are two dialects") {
  CHECK(choice("pybreaker,reset_timeout=10").facts().open_for == 10s);
  CHECK(parse_choice("pybreaker,api=call").ok());
  const auto wrong = parse_choice("pybreaker,api=calling");
  REQUIRE_FALSE(wrong.ok());
  CHECK_THAT(wrong.error().message, ContainsSubstring("api: unknown word 'calling'"));
}

TEST_CASE("pybreaker warns of a load that its lock cannot carry") {
  CHECK(choice("pybreaker").warnings({.calls_per_second = 10, .normal_latency = 100ms}).empty());
  const auto warnings =
      choice("pybreaker").warnings({.calls_per_second = 50, .normal_latency = 100ms});
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0].remedy, ContainsSubstring("at most 10/s"));
}
