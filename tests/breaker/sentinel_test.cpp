// Sentinel. It could not be run, so what its source says is written out here.

#include <chrono>
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::Outcome;
using breaker::State;
using std::chrono::milliseconds;

namespace {

// A call that takes `latency` from `now` on.
void call(breaker::Breaker& breaker, TimePoint now, Duration latency) {
  const auto permit = acquire(breaker, now);
  breaker.record(permit, Outcome::success, ok, now + latency);
}

}  // namespace

TEST_CASE("sentinel asks on good results too, in one bucket of the clock") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 start D -> admit ; closed\n"
      "0 start E -> admit ; closed\n"
      "0 start F -> admit ; closed\n"
      "900 end A fail ; closed\n"
      "910 end B fail ; closed\n"
      "920 end C ok ; closed\n"
      "930 end D ok ; closed\n"
      "1000 end E fail ; closed\n"
      "1010 start G -> admit ; closed\n"
      "1010 start H -> admit ; closed\n"
      "1010 start I -> admit ; closed\n"
      "1020 end G fail ; closed\n"
      "1030 end H fail ; closed\n"
      "1040 end I ok ; open\n"
      "1041 start J -> reject(DegradeException) ; open\n"
      "2039 start K -> reject(DegradeException) ; open\n"
      "2040 start L -> admit ; half_open\n"
      "2041 start M -> reject(DegradeException) ; half_open\n"
      "2050 end F ok ; closed\n"
      "2051 start N -> admit ; closed\n"
      "2060 end L fail ; closed\n";
  CHECK(play(*make_breaker("sentinel,grade=1,count=0.5,timeWindow=1,minRequestAmount=4,"
                           "statIntervalMs=1000"),
             life) == life);
}

TEST_CASE("sentinel opens above its number of errors, and empties the bucket when it closes") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "0 end B fail ; open\n"
      "1000 start D -> admit ; half_open\n"
      "1001 end C ok ; closed\n"
      "1002 end D fail ; closed\n"
      "1003 start E -> admit ; closed\n"
      "1003 end E fail ; open\n";
  CHECK(play(*make_breaker("sentinel,grade=2,count=1,timeWindow=1,minRequestAmount=1,"
                           "statIntervalMs=60000"),
             life) == life);
}

TEST_CASE("sentinel counts results while it is open, and a failed probe opens it anew") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "500 end B fail ; open\n"
      "1000 start C -> admit ; half_open\n"
      "1100 end C fail ; open\n"
      "2099 start D -> reject(DegradeException) ; open\n"
      "2100 start E -> admit ; half_open\n";
  CHECK(play(*make_breaker("sentinel,grade=2,count=0,timeWindow=1,minRequestAmount=1"), life) ==
        life);
}

TEST_CASE("sentinel lets the next call probe when its probe was not sent") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "1000 start B -> admit ; half_open\n"
      "1001 end B ignored ; open\n"
      "1001 start C -> admit ; half_open\n";
  CHECK(play(*make_breaker("sentinel,grade=2,count=0,timeWindow=1,minRequestAmount=1"), life) ==
        life);
}

TEST_CASE("sentinel keeps its probe's place when another call was not sent") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; open\n"
      "1000 start C -> admit ; half_open\n"
      "1001 end B ignored ; half_open\n"
      "1001 start D -> reject(DegradeException) ; half_open\n";
  CHECK(play(*make_breaker("sentinel,grade=2,count=0,timeWindow=1,minRequestAmount=1"), life) ==
        life);
}

TEST_CASE("sentinel calls slow what takes longer than count, in whole milliseconds of the clock") {
  const auto opens = [](Duration latency, TimePoint start = at_ms(0)) {
    const auto breaker = make_breaker("sentinel,count=99.5,minRequestAmount=1");
    call(*breaker, start, latency);
    return breaker->state() == State::open;
  };
  CHECK_FALSE(opens(milliseconds(100)));
  CHECK_FALSE(opens(std::chrono::microseconds(100'900)));
  CHECK(opens(milliseconds(101)));
  // From 0.9ms to 101.1ms its clock reads 0 and 101.
  CHECK(opens(std::chrono::microseconds(100'200), TimePoint{std::chrono::microseconds(900)}));
}

TEST_CASE("sentinel reaches a slow ratio of one at equality, and no other") {
  const auto breaker = make_breaker("sentinel,count=10,minRequestAmount=2");
  call(*breaker, at_ms(0), milliseconds(11));
  call(*breaker, at_ms(11), milliseconds(11));
  CHECK(breaker->state() == State::open);

  const auto half = make_breaker("sentinel,count=10,minRequestAmount=2,slowRatioThreshold=0.5");
  call(*half, at_ms(0), milliseconds(1));
  call(*half, at_ms(1), milliseconds(11));
  CHECK(half->state() == State::closed);
  call(*half, at_ms(12), milliseconds(11));
  CHECK(half->state() == State::open);
}

TEST_CASE("sentinel takes a fast error for a good call in grade 0") {
  const auto breaker = make_breaker("sentinel,count=10,minRequestAmount=1");
  for (int i = 0; i < 10; ++i) {
    fail(*breaker, at_ms(i));
  }
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("sentinel never opens at a share of errors of one, and says so") {
  const auto never_open = choice("sentinel,grade=1,count=1,minRequestAmount=1");
  const auto breaker = never_open.make(Random(1));
  for (int i = 0; i < 10; ++i) {
    fail(*breaker, at_ms(i));
  }
  CHECK(breaker->state() == State::closed);
  CHECK(never_open.facts().trips.empty());
  CHECK(never_open.warnings({}).front().key == "count");
  CHECK(choice("sentinel,grade=1").warnings({}).empty());
  CHECK(choice("sentinel,grade=1,slowRatioThreshold=0.5").warnings({}).front().key ==
        "slowRatioThreshold");
}

TEST_CASE("sentinel refuses a rule that the library would skip") {
  for (const auto* rule :
       {"grade=3", "grade=1,count=1.5", "count=-1", "timeWindow=0", "timeWindow=1500ms",
        "minRequestAmount=0", "statIntervalMs=0", "slowRatioThreshold=1.1"}) {
    INFO(rule);
    CHECK_FALSE(breaker::parse_choice(std::string("sentinel,") + rule).ok());
  }
  CHECK(breaker::parse_choice("sentinel,grade=2,count=1.5").ok());
}
