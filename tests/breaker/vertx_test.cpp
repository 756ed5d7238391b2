// Vert.x; the golden traces have its every rule, here stand those that people stumble over.
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;

TEST_CASE("a success clears the failures of Vert.x") {
  const auto breaker = make_breaker("vertx,maxFailures=2");
  fail(*breaker, at_ms(0));
  succeed(*breaker, at_ms(1));
  fail(*breaker, at_ms(2));
  CHECK(breaker->state() == breaker::State::closed);
  fail(*breaker, at_ms(3));
  CHECK(breaker->state() == breaker::State::open);
}

TEST_CASE("failures of Vert.x count by the second of the clock") {
  const auto opens_at = [](int second_failure) {
    const auto breaker = make_breaker("vertx,maxFailures=2,failuresRollingWindow=2s");
    fail(*breaker, at_ms(900));
    fail(*breaker, at_ms(second_failure));
    return breaker->state() == breaker::State::open;
  };
  CHECK(opens_at(2999));
  CHECK_FALSE(opens_at(3000));
  const auto below_a_second = make_breaker("vertx,maxFailures=1,failuresRollingWindow=999ms");
  fail(*below_a_second, {});
  CHECK(below_a_second->state() == breaker::State::closed);
}

TEST_CASE("Vert.x keeps only as many seconds with failures as its window has") {
  const auto breaker = make_breaker("vertx,maxFailures=3,failuresRollingWindow=2s");
  fail(*breaker, at_ms(0));
  fail(*breaker, at_ms(1000));
  fail(*breaker, at_ms(2000));  // second 0 would count, and is gone
  CHECK(breaker->state() == breaker::State::closed);
  fail(*breaker, at_ms(2000));
  CHECK(breaker->state() == breaker::State::open);
}

TEST_CASE("a late success closes a half-open Vert.x, and the failure of its trial opens it again") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "100 start C -> admit ; half_open\n"
      "101 start D -> reject(OpenCircuitException) ; half_open\n"
      "102 end B ok ; closed\n"
      "103 end C fail ; open\n";
  CHECK(play(*make_breaker("vertx,maxFailures=1,resetTimeout=100ms"), life) == life);
}

TEST_CASE("a trial of Vert.x that fails when it is open sets another timer") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "100 start C -> admit ; half_open\n"
      "110 end B fail ; open\n"  // its timer is due at 210
      "150 end C fail ; open\n"  // and this one at 250
      "210 start D -> admit ; half_open\n"
      "220 end D fail ; open\n"
      "250 start E -> admit ; half_open\n";
  CHECK(play(*make_breaker("vertx,maxFailures=1,resetTimeout=100ms"), life) == life);
}

TEST_CASE("Vert.x without resetTimeout stays open") {
  const auto breaker = make_breaker("vertx,maxFailures=1,resetTimeout=-1");
  fail(*breaker, {});
  CHECK(breaker->next_tick() == never);
}
