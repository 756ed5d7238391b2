#include "breaker/dialects/classic.hpp"

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

TEST_CASE("classic opens on the fifth failure in a row and says so") {
  const auto breaker = make_breaker("classic");
  for (int i = 0; i < 4; ++i) {
    fail(*breaker, at(1s));
  }
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(2s));
  CHECK(breaker->state() == State::open);

  const auto transitions = breaker->take_transitions();
  REQUIRE(transitions.size() == 1);
  CHECK(transitions[0].at == at(2s));
  CHECK(transitions[0].from == State::closed);
  CHECK(transitions[0].to == State::open);
  CHECK(transitions[0].cause == "5 failures in a row, the last a 503");
  CHECK_FALSE(breaker->has_transitions());
}

TEST_CASE("a success in between starts classic's count anew") {
  const auto breaker = make_breaker("classic,failures=2");
  fail(*breaker, at(0s));
  succeed(*breaker, at(0s));
  fail(*breaker, at(0s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("classic rejects at the very end of its timeout and admits a moment later") {
  const auto breaker = make_breaker("classic,failures=1,timeout=1s");
  fail(*breaker, at(5s));
  CHECK(breaker->try_acquire(at(6s)).error == "ErrCircuitOpen");
  CHECK(breaker->state() == State::open);
  acquire(*breaker, at(6s + 1ns));
  CHECK(breaker->state() == State::half_open);
}

TEST_CASE("half-open, classic lets every request through") {
  const auto breaker = make_breaker("classic,failures=1,timeout=1s");
  fail(*breaker, at(0s));
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(rejects(*breaker, at(2s)));
  }
}

TEST_CASE("half-open, one failure reopens classic for another full timeout") {
  const auto breaker = make_breaker("classic,failures=3,timeout=1s");
  for (int i = 0; i < 3; ++i) {
    fail(*breaker, at(0s));
  }
  const auto trial = acquire(*breaker, at(2s));
  breaker->record(trial, Outcome::failure, CallEnd{CallEnd::Kind::timeout, 0}, at(3s));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->take_transitions().back().cause == "a trial failed: a timeout");
  CHECK(rejects(*breaker, at(4s)));
  CHECK_FALSE(rejects(*breaker, at(4s + 1ns)));
}

TEST_CASE("half-open, two successes in a row close classic") {
  const auto breaker = make_breaker("classic,failures=1,timeout=1s");
  fail(*breaker, at(0s));
  succeed(*breaker, at(2s));
  CHECK(breaker->state() == State::half_open);
  succeed(*breaker, at(2s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().back().cause == "2 successes in a row");
}

TEST_CASE("a late failure keeps an open classic open for longer") {
  const auto breaker = make_breaker("classic,failures=1,timeout=1s");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->record(straggler, Outcome::failure, error_503, at(900ms));
  CHECK(rejects(*breaker, at(1900ms)));
  CHECK_FALSE(rejects(*breaker, at(1901ms)));
}

TEST_CASE("a late success while open counts towards closing classic") {
  const auto breaker = make_breaker("classic,failures=1,timeout=1s");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->record(straggler, Outcome::success, ok, at(500ms));
  succeed(*breaker, at(2s));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("classic records nothing for an ignored call") {
  const auto breaker = make_breaker("classic,failures=2,timeout=1s");
  fail(*breaker, at(0s));
  breaker->record(acquire(*breaker, at(0s)), Outcome::ignored, ok, at(0s));
  fail(*breaker, at(0s));
  CHECK(breaker->state() == State::open);
}
