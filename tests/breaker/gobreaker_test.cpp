#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::parse_choice;
using breaker::State;

TEST_CASE("gobreaker's default opens on the sixth failure in a row, not the fifth") {
  const auto breaker = make_breaker("gobreaker");
  for (int i = 0; i < 5; ++i) {
    fail(*breaker, at(1s));
  }
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(1s));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("gobreaker drops a result of an earlier generation, success or failure") {
  const auto breaker = make_breaker("gobreaker,Timeout=1s,ReadyToTrip=ConsecutiveFailures > 0");
  const auto late_success = acquire(*breaker, at(0s));
  const auto late_failure = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  const auto trial = acquire(*breaker, at(1s + 1ns));
  breaker->record(late_success, Outcome::success, ok, at(2s));
  breaker->record(late_failure, Outcome::failure, error_503, at(2s));
  CHECK(breaker->state() == State::half_open);
  breaker->record(trial, Outcome::success, ok, at(2s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("gobreaker is still open at the very end of its timeout, and a read ends it after") {
  const auto breaker = make_breaker("gobreaker,Timeout=1s,ReadyToTrip=ConsecutiveFailures > 0");
  fail(*breaker, at(0s));
  CHECK(breaker->observe(at(1s)) == State::open);
  CHECK(breaker->observe(at(1s + 1ns)) == State::half_open);
}

TEST_CASE("gobreaker's fixed window drops the results of calls in flight at its roll-over") {
  const auto breaker = make_breaker("gobreaker,Interval=1s,ReadyToTrip=ConsecutiveFailures > 0");
  const auto slow = acquire(*breaker, at(0s));
  breaker->record(slow, Outcome::failure, error_503, at(1s + 1ms));
  CHECK(breaker->state() == State::closed);
  const auto warnings =
      choice("gobreaker,Interval=1s").warnings({.calls_per_second = 10, .timeout = 2s});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].key == "Interval");
}

TEST_CASE("gobreaker's half-open quota is freed by an excluded call and by no other") {
  const auto breaker = make_breaker("gobreaker,Timeout=1s,MaxRequests=2");
  for (int i = 0; i < 6; ++i) {
    fail(*breaker, at(0s));
  }
  succeed(*breaker, at(2s));
  const auto excluded = acquire(*breaker, at(2s));
  CHECK(breaker->try_acquire(at(2s)).error == "ErrTooManyRequests");
  breaker->record(excluded, Outcome::ignored, ok, at(2s));
  succeed(*breaker, at(2s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("ReadyToTrip may be any condition over the counts, and a wrong one is refused") {
  for (const auto* condition :
       {"Requests >= 3 && TotalFailures/Requests >= 0.6", "totalfailures > 2 || Requests > 100",
        "!(TotalSuccesses >= 1) && (TotalFailures - TotalExclusions) * 2 >= 4"}) {
    INFO(condition);
    CHECK(parse_choice(std::string("gobreaker,ReadyToTrip=") + condition).ok());
  }
  struct Bad {
    const char* condition;
    const char* says;
  };
  for (const auto& [condition, says] : {
           Bad{"ConsecutiveFailure > 5", "unknown name 'ConsecutiveFailure'"},
           Bad{"5", "is a number, not a condition"},
           Bad{"Requests >", "missing"},
           Bad{"(Requests > 3", "a ) is missing"},
           Bad{"Requests > 3 TotalFailures", "cannot read 'TotalFailures'"},
           Bad{"Requests && TotalFailures", "join conditions"},
           Bad{"Requests > 1 > 0", "cannot read"},
       }) {
    INFO(condition);
    const auto parsed = parse_choice(std::string("gobreaker,ReadyToTrip=") + condition);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(says));
  }
  CHECK_FALSE(parse_choice("gobreaker,ReadyToTrip=" + std::string(100'000, '(')).ok());
  CHECK_FALSE(parse_choice("gobreaker,ReadyToTrip=" + std::string(100'000, '!')).ok());
  CHECK_FALSE(parse_choice("gobreaker,ReadyToTrip=" + std::string(100'000, '-')).ok());
}

TEST_CASE("gobreaker's facts are read from the usual conditions") {
  const auto ratio =
      choice("gobreaker,Interval=10s,ReadyToTrip=Requests >= 3 && TotalFailures/Requests >= 0.6")
          .facts();
  REQUIRE(ratio.trips.size() == 1);
  CHECK(ratio.trips[0].kind == breaker::TripRule::Kind::share);
  CHECK(ratio.trips[0].minimum_calls == 3);
  CHECK(ratio.trips[0].share == 0.6);
  CHECK(choice("gobreaker").facts().trips[0].failures == 6);
}
