#include "net/step_timer.hpp"

#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {
namespace {

using namespace std::chrono_literals;

TEST_CASE("steps: one that is due is not waited for, and one that is early until it is due") {
  StepTimer steps(at(1s));
  CHECK_FALSE(steps.must_wait(at(1s)));
  steps.next(10ms);
  CHECK(steps.must_wait(at(1009ms)));
  CHECK(steps.due() == at(1010ms));
  CHECK_FALSE(steps.must_wait(at(1010ms)));
}

TEST_CASE("steps: of many that are due at once, others have their turn in between") {
  StepTimer steps(at(1s));
  for (int round = 0; round < 3; ++round) {
    int at_once = 0;
    while (!steps.must_wait(at(1s))) {
      REQUIRE(++at_once < 1000);
    }
    CHECK(at_once > 10);  // not after each, which would cost more than it gives
    CHECK(steps.due() <= at(1s));
  }
}

TEST_CASE("steps: what a client missed does not come in one burst, but for 20 ms of it") {
  StepTimer steps(at(1s));
  CHECK_FALSE(steps.must_wait(at(5s)));
  int at_once = 0;
  for (steps.next(5ms); !steps.must_wait(at(5s)); steps.next(5ms)) {
    ++at_once;
  }
  CHECK(at_once == 4);
  CHECK(steps.due() == at(5005ms));
}

TEST_CASE("steps: what follows a step whose bytes came late counts from when they came") {
  StepTimer steps(at(1s));
  CHECK_FALSE(steps.must_wait(at(1s)));
  steps.came_at(at(1010ms));
  steps.next(100ms);
  CHECK(steps.due() == at(1110ms));
  steps.came_at(at(1020ms));  // before it was due
  CHECK(steps.due() == at(1110ms));
}

}  // namespace
}  // namespace tripcurve::net::testing
