// opossum; see also the recorded traces in tests/golden/traces.

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

TEST_CASE("opossum opens on the first failure with its defaults") {
  const auto breaker = make_breaker("opossum");
  fail(*breaker, at_ms(0));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->take_transitions().front().cause ==
        "1 failure to 1 call started in the window (100%), the last a 503");
}

TEST_CASE("opossum opens above its percentage, not at it") {
  const auto breaker = make_breaker("opossum,volumeThreshold=2");
  succeed(*breaker, at_ms(0));
  fail(*breaker, at_ms(1));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at_ms(2));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("opossum half-opens by a timer, though nobody calls") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "10 end A fail ; open\n"
      "1009 read ; open\n"
      "1010 read ; half_open\n"
      "1010 start B -> admit ; half_open\n"
      "1010 start C -> reject(EOPENBREAKER) ; half_open\n";
  CHECK(play(*make_breaker("opossum,resetTimeout=1s"), life) == life);
}

TEST_CASE("opossum sets its timers in whole milliseconds") {
  const auto breaker = make_breaker("opossum,resetTimeout=1s");
  fail(*breaker, TimePoint{std::chrono::microseconds(10'900)});
  CHECK(breaker->next_tick() == at_ms(1010));
}

TEST_CASE("opossum counts calls as started even when it rejects them, and clears nothing") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 start D -> admit ; closed\n"
      "10 end A fail ; closed\n"
      "20 end B fail ; closed\n"
      "30 end C fail ; open\n"
      "100 start E -> reject(EOPENBREAKER) ; open\n"
      "1029 start F -> reject(EOPENBREAKER) ; open\n"
      "1030 read ; half_open\n"
      "1030 start G -> admit ; half_open\n"
      "1030 start H -> reject(EOPENBREAKER) ; half_open\n"
      "1040 end D ok ; closed\n"
      "1040 start I -> admit ; closed\n"
      "1050 end G fail ; closed\n"
      "1060 end I fail ; open\n";
  CHECK(play(*make_breaker("opossum,timeout=false,resetTimeout=1s,volumeThreshold=4"), life) ==
        life);
}

TEST_CASE("opossum fails a call at its timeout and takes no notice of its later end") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "50 start B -> admit ; closed\n"
      "99 end A ok ; closed\n"
      "149 read ; closed\n"
      "150 read ; open\n"
      "350 read ; half_open\n"
      "360 end B ok ; half_open\n"
      "360 start C -> admit ; half_open\n"
      "460 end C ok ; open\n";
  CHECK(play(*make_breaker("opossum,timeout=100ms,errorThresholdPercentage=40,resetTimeout=200ms"),
             life) == life);
}

TEST_CASE("opossum has no timers but the timeouts of the calls that run") {
  const auto breaker = make_breaker("opossum,timeout=100ms");
  const auto first = acquire(*breaker, at_ms(0));
  const auto second = acquire(*breaker, at_ms(7));
  CHECK(breaker->next_tick() == at_ms(100));
  breaker->record(first, Outcome::success, ok, at_ms(20));
  CHECK(breaker->next_tick() == at_ms(107));
  breaker->record(second, Outcome::success, ok, at_ms(20));
  CHECK(breaker->next_tick() == never);
}

TEST_CASE(
    "opossum takes a call without capacity for a failure, and a timeout gives capacity back") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "50 start B -> reject(ESEMLOCKED) ; closed\n"
      "100 start C -> admit ; closed\n"
      "101 start D -> reject(ESEMLOCKED) ; closed\n"
      "102 end A ok ; closed\n"
      "103 start E -> reject(ESEMLOCKED) ; open\n";
  CHECK(play(*make_breaker("opossum,timeout=100ms,capacity=1,volumeThreshold=5"), life) == life);
}

TEST_CASE("opossum does not open while it warms up") {
  const auto breaker =
      make_breaker("opossum,allowWarmUp=true,rollingCountTimeout=500ms,resetTimeout=1s");
  fail(*breaker, at_ms(499));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at_ms(500));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("opossum's window is that of whole buckets, and a slow failure can divide by zero") {
  const auto breaker = make_breaker(
      "opossum,timeout=false,errorThresholdPercentage=100,rollingCountTimeout=100ms,"
      "rollingCountBuckets=3");
  const auto within = acquire(*breaker, at_ms(0));
  const auto outside = acquire(*breaker, at_ms(0));
  breaker->record(within, Outcome::failure, error_503, at_ms(98));
  CHECK(breaker->state() == State::closed);
  breaker->record(outside, Outcome::failure, error_503, at_ms(99));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("opossum says whose result closed it") {
  const auto cause_of_close = [](bool late) {
    const auto breaker = make_breaker("opossum,errorThresholdPercentage=40,resetTimeout=1s");
    const auto early = acquire(*breaker, at_ms(0));
    fail(*breaker, at_ms(0));
    breaker->tick(breaker->next_tick());
    const auto probe = acquire(*breaker, at_ms(1000));
    breaker->record(late ? early : probe, Outcome::ignored, ok, at_ms(1001));
    CHECK(breaker->state() == State::closed);
    return breaker->take_transitions().back().cause;
  };
  CHECK(cause_of_close(false) == "1 trial succeeded");
  CHECK(cause_of_close(true) == "half-open, and a call from before it succeeded");
}

TEST_CASE("opossum refuses a timer that Node would run at once") {
  const auto refused = breaker::parse_choice("opossum,resetTimeout=2147483648");
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, ContainsSubstring("resetTimeout: '2147483648'"));
  CHECK(breaker::parse_choice("opossum,resetTimeout=2147483647").ok());
}

TEST_CASE("opossum warns of settings that only it has") {
  CHECK(choice("opossum").warnings({}).front().key == "volumeThreshold");
  CHECK(choice("opossum,volumeThreshold=10").warnings({}).empty());
  CHECK(choice("opossum,volumeThreshold=10,timeout=100ms")
            .warnings({.normal_latency = milliseconds(150)})
            .front()
            .key == "timeout");
  CHECK(choice("opossum,volumeThreshold=10,rollingCountTimeout=5s").warnings({}).front().key ==
        "rollingCountTimeout");
}
