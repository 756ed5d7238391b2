// SmallRye Fault Tolerance; the golden traces have its every rule, here stand those that people
// stumble over.
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("smallrye opens only with a full window, and by a success, too") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "1 start B -> admit ; closed\n"
      "1 end B fail ; closed\n"
      "2 start C -> admit ; closed\n"
      "2 end C fail ; closed\n"
      "3 start D -> admit ; closed\n"
      "3 end D ok ; open\n"
      "4 start E -> reject(CircuitBreakerOpenException) ; open\n";
  CHECK(play(*make_breaker("smallrye,requestVolumeThreshold=4,failureRatio=0.75"), life) == life);
}

TEST_CASE("smallrye rounds the failures that its ratio needs up, after a product in double") {
  const auto failures_to_open = [](const std::string& settings) {
    const auto breaker = make_breaker("smallrye," + settings);
    for (int i = 0; i < 30; ++i) {
      succeed(*breaker, {});
    }
    int failures = 0;
    while (breaker->state() == breaker::State::closed) {
      fail(*breaker, {});
      ++failures;
    }
    return failures;
  };
  CHECK(failures_to_open("requestVolumeThreshold=10,failureRatio=0.31") == 4);
  CHECK(failures_to_open("requestVolumeThreshold=10,failureRatio=0.3") == 3);
  CHECK(failures_to_open("requestVolumeThreshold=25,failureRatio=0.28") == 8);  // 7.000000000000001
  CHECK(failures_to_open("requestVolumeThreshold=10,failureRatio=1") == 10);
}

TEST_CASE("smallrye half-opens on a timer, at the very end of its delay") {
  const auto breaker = make_breaker("smallrye,requestVolumeThreshold=1,failureRatio=1,delay=100ms");
  fail(*breaker, TimePoint{} + 5ms);
  CHECK(breaker->next_tick() == TimePoint{} + 105ms);
  CHECK(rejects(*breaker, TimePoint{} + 104ms));
  breaker->tick(TimePoint{} + 105ms);
  CHECK(breaker->state() == breaker::State::half_open);
  CHECK(breaker->next_tick() == never);
}

TEST_CASE("half-open, smallrye lets successThreshold calls out, and a hung one holds its place") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "50 start C -> admit ; half_open\n"
      "50 start D -> admit ; half_open\n"
      "51 end B fail ; half_open\n"
      "52 end C ok ; half_open\n"
      "9000 start E -> reject(CircuitBreakerOpenException) ; half_open\n"
      "9001 end D ignored ; closed\n";
  CHECK(play(*make_breaker("smallrye,requestVolumeThreshold=1,failureRatio=1,delay=50ms,"
                           "successThreshold=2"),
             life) == life);
}

TEST_CASE("smallrye drops the results of calls that another stay in a state admitted") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "50 start C -> admit ; half_open\n"
      "50 end C ok ; closed\n"
      "51 end B fail ; closed\n"
      "52 start D -> admit ; closed\n"
      "52 end D fail ; open\n";
  CHECK(play(*make_breaker("smallrye,requestVolumeThreshold=1,failureRatio=1,delay=50ms"), life) ==
        life);
}
