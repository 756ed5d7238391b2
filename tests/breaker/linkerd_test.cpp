// Linkerd's failure accrual, by its source.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("linkerd opens at so many failures in a row, and a success starts over") {
  const auto breaker = make_breaker("linkerd,max-failures=3");
  fail(*breaker, {});
  fail(*breaker, {});
  succeed(*breaker, {});
  fail(*breaker, {});
  fail(*breaker, {});
  CHECK(breaker->state() == breaker::State::closed);
  fail(*breaker, {});
  CHECK(breaker->state() == breaker::State::open);
}

TEST_CASE("linkerd's penalty doubles with every failed trial up to its most, and starts anew") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "999 start B -> reject(service in fail-fast) ; open\n"
      "1000 start C -> admit ; half_open\n"
      "1000 start D -> reject(service in fail-fast) ; half_open\n"
      "1000 end C fail ; open\n"
      "2999 read ; open\n"
      "3000 start E -> admit ; half_open\n"
      "3000 end E fail ; open\n"
      "5999 read ; open\n"
      "6000 start F -> admit ; half_open\n"
      "6000 end F ok ; closed\n"
      "6000 start G -> admit ; closed\n"
      "6000 end G fail ; open\n"
      "7000 read ; half_open\n";
  CHECK(play(*make_breaker("linkerd,max-failures=1,jitter-ratio=0,max-penalty=3s"), life) == life);
}

TEST_CASE("linkerd drops results while it is open, and half-open any result decides") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 end A fail ; open\n"
      "500 end B ok ; open\n"
      "1000 start D -> admit ; half_open\n"
      "1001 end C ok ; closed\n"
      "1002 end D fail ; open\n";
  CHECK(play(*make_breaker("linkerd,max-failures=1,jitter-ratio=0"), life) == life);
}

TEST_CASE("a trial of linkerd that is given up leaves it half-open") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "1000 start B -> admit ; half_open\n"
      "1001 end B ignored ; half_open\n"
      "99999 start C -> reject(service in fail-fast) ; half_open\n";
  CHECK(play(*make_breaker("linkerd,max-failures=1,jitter-ratio=0"), life) == life);
}

TEST_CASE("linkerd's jitter is whole seconds of whole seconds, and never above the most") {
  const auto penalties = [](const std::string& settings) {
    std::vector<Duration> found;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      const auto breaker = choice("linkerd,max-failures=1," + settings).make(Random(seed));
      fail(*breaker, {});
      found.push_back(breaker->next_tick() - TimePoint{});
    }
    return found;
  };
  for (const auto penalty : penalties("min-penalty=1s,jitter-ratio=0.99")) {
    CHECK(penalty == 1s);
  }
  const auto some = penalties("min-penalty=4s,jitter-ratio=0.5");
  CHECK(std::ranges::count(some, Duration(4s)) + std::ranges::count(some, Duration(5s)) == 200);
  CHECK(std::ranges::count(some, Duration(5s)) > 50);
  for (const auto penalty : penalties("min-penalty=900ms,max-penalty=1s,jitter-ratio=9")) {
    CHECK(penalty >= 900ms);
    CHECK(penalty <= 1s);
  }
}

TEST_CASE("linkerd refuses a least penalty above the most") {
  CHECK_FALSE(breaker::parse_choice("linkerd,min-penalty=2m"));
  CHECK(breaker::parse_choice("linkerd,min-penalty=1m"));
}
