// max_fails and fail_timeout of nginx, by its source.
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("nginx takes a server out for whole seconds, and then lets one call at a time out") {
  const std::string life =
      "900 start A -> admit ; closed\n"
      "900 end A fail ; closed\n"
      "1900 start B -> admit ; closed\n"
      "1900 end B fail ; open\n"
      "4999 start C -> reject(no live upstreams) ; open\n"
      "5000 start D -> admit ; half_open\n"
      "5001 start E -> reject(no live upstreams) ; half_open\n"
      "8999 start F -> reject(no live upstreams) ; half_open\n"
      "9000 start G -> admit ; half_open\n"
      "9001 end D fail ; open\n"
      "9002 end G ok ; open\n"
      "13000 start H -> admit ; half_open\n"
      "13001 end H ok ; closed\n"
      "13001 start I -> admit ; closed\n";
  CHECK(play(*make_breaker("nginx,max_fails=2,fail_timeout=3s"), life) == life);
}

TEST_CASE("nginx clears failures by a success that began fail_timeout after the last alone") {
  const auto breaker = make_breaker("nginx,max_fails=2,fail_timeout=10s");
  fail(*breaker, TimePoint{});
  succeed(*breaker, TimePoint{} + 10s);  // not later than fail_timeout
  fail(*breaker, TimePoint{} + 10s);
  CHECK(breaker->state() == breaker::State::open);
  const auto cleared = make_breaker("nginx,max_fails=2,fail_timeout=10s");
  fail(*cleared, TimePoint{});
  succeed(*cleared, TimePoint{} + 11s);
  fail(*cleared, TimePoint{} + 11s);
  CHECK(cleared->state() == breaker::State::closed);
}

TEST_CASE("max_fails=0 turns nginx's check off") {
  const auto breaker = make_breaker("nginx,max_fails=0");
  for (int i = 0; i < 100; ++i) {
    fail(*breaker, {});
  }
  CHECK(breaker->state() == breaker::State::closed);
}

TEST_CASE("a first failure of nginx's is one although no call was before it") {
  const auto breaker = make_breaker("nginx");
  fail(*breaker, {});
  CHECK(breaker->state() == breaker::State::open);
}
