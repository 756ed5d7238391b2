// api-breaker of APISIX, by its source.
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("apisix opens at every third unhealthy answer, for twice as long each time") {
  const std::string life =
      "100 start A -> admit ; closed\n"
      "100 end A fail ; closed\n"
      "900 start B -> admit ; closed\n"
      "900 end B fail ; closed\n"
      "1900 start C -> admit ; closed\n"
      "1900 end C fail ; open\n"
      "3999 start D -> reject(break_response_code) ; open\n"
      "4000 start E -> admit ; half_open\n"
      "4000 end E fail ; half_open\n"
      "4001 start F -> admit ; half_open\n"
      "4001 end F fail ; half_open\n"
      "4002 start G -> admit ; half_open\n"
      "4002 end G fail ; open\n"
      "8999 start H -> reject(break_response_code) ; open\n"
      "9000 start I -> admit ; half_open\n";
  CHECK(play(*make_breaker("apisix"), life) == life);
}

TEST_CASE("apisix closes after healthy answers without an unhealthy one between") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "3000 start B -> admit ; half_open\n"
      "3000 start C -> admit ; half_open\n"
      "3000 start D -> admit ; half_open\n"
      "3000 start E -> admit ; half_open\n"
      "3001 end B ok ; half_open\n"
      "3002 end C ignored ; half_open\n"
      "3003 end D ok ; closed\n"
      "3004 end E fail ; open\n"
      "5999 start F -> reject(break_response_code) ; open\n"
      "6000 start G -> admit ; half_open\n";
  CHECK(play(*make_breaker("apisix,unhealthy.failures=1,healthy.successes=2"), life) == life);
}

TEST_CASE("apisix forgets unhealthy answers by healthy ones alone, and never by time") {
  const auto breaker = make_breaker("apisix,unhealthy.failures=2,healthy.successes=2");
  fail(*breaker, TimePoint{});
  succeed(*breaker, TimePoint{} + 1h);
  fail(*breaker, TimePoint{} + 2h);
  CHECK(breaker->state() == breaker::State::open);
  const auto healed = make_breaker("apisix,unhealthy.failures=2,healthy.successes=2");
  fail(*healed, TimePoint{});
  succeed(*healed, TimePoint{} + 1s);
  succeed(*healed, TimePoint{} + 2s);
  fail(*healed, TimePoint{} + 3s);
  CHECK(healed->state() == breaker::State::closed);
}

TEST_CASE("an apisix break of max_breaker_sec ends with its mark, which has no whole seconds") {
  const auto breaker = make_breaker("apisix,unhealthy.failures=1,max_breaker_sec=3");
  fail(*breaker, TimePoint{} + 500ms);
  (void)acquire(*breaker, TimePoint{} + 3000ms);
  fail(*breaker, TimePoint{} + 3500ms);  // the second break would be 4 s
  CHECK(rejects(*breaker, TimePoint{} + 6500ms));
  CHECK_FALSE(rejects(*breaker, TimePoint{} + 6501ms));
}

TEST_CASE("results of earlier calls count while apisix is open") {
  const auto breaker = make_breaker("apisix,unhealthy.failures=1,healthy.successes=1");
  const auto first = acquire(*breaker, TimePoint{});
  const auto second = acquire(*breaker, TimePoint{});
  fail(*breaker, TimePoint{});
  breaker->record(first, breaker::Outcome::failure, error_503, TimePoint{} + 2s);
  CHECK(rejects(*breaker, TimePoint{} + 6999ms));
  breaker->record(second, breaker::Outcome::success, ok, TimePoint{} + 7s);
  CHECK(breaker->state() == breaker::State::closed);
}
