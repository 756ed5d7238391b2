#include <string>
#include <utility>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::parse_choice;
using breaker::State;

TEST_CASE("hystrix-go opens when somebody asks, not when the threshold is crossed") {
  const auto breaker = make_breaker("hystrix-go,request_volume_threshold=2");
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->try_acquire(at(3s)).error == "ErrCircuitOpen");
  CHECK(breaker->state() == State::open);
  const auto opened = breaker->take_transitions();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].at == at(3s));
  CHECK(opened[0].cause == "2 of 2 calls failed (100%)");
}

TEST_CASE("reading hystrix-go's state opens it") {
  const auto breaker = make_breaker("hystrix-go,request_volume_threshold=1");
  fail(*breaker, at(0s));
  CHECK(breaker->observe(at(0s)) == State::open);
}

TEST_CASE("hystrix-go rounds its percentage, halves up") {
  for (const auto& [threshold, state] :
       {std::pair{13, State::open}, std::pair{14, State::closed}}) {
    const auto breaker =
        make_breaker("hystrix-go,request_volume_threshold=8,error_percent_threshold=" +
                     std::to_string(threshold));
    fail(*breaker, at(0s));
    for (int i = 0; i < 7; ++i) {
      succeed(*breaker, at(0s));
    }
    CHECK(breaker->observe(at(0s)) == state);  // 1 of 8 is 12.5%
  }
}

TEST_CASE("calls that find no ticket count as errors of hystrix-go, and an end frees one") {
  const auto breaker =
      make_breaker("hystrix-go,max_concurrent_requests=1,request_volume_threshold=3");
  const auto running = acquire(*breaker, at(0s));
  CHECK(breaker->try_acquire(at(0s)).error == "ErrMaxConcurrency");
  breaker->record(running, Outcome::success, ok, at(0s));
  const auto second = acquire(*breaker, at(0s));
  CHECK(breaker->try_acquire(at(0s)).error == "ErrMaxConcurrency");
  CHECK(breaker->try_acquire(at(0s)).error == "ErrCircuitOpen");  // 2 of 3
  breaker->record(second, Outcome::failure, error_503, at(0s));
}

TEST_CASE(
    "hystrix-go lets one trial out per sleep window, from the last one's start, back or not") {
  const auto breaker = make_breaker("hystrix-go,request_volume_threshold=1,sleep_window=1000");
  fail(*breaker, at(0s));
  CHECK(rejects(*breaker, at(1s)));  // trips here
  CHECK(rejects(*breaker, at(2s)));
  acquire(*breaker, at(2s + 1ns));
  CHECK(rejects(*breaker, at(3s + 1ns)));
  acquire(*breaker, at(3s + 2ns));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("any success closes hystrix-go, and is the first request of the new statistics") {
  const auto breaker = make_breaker("hystrix-go,request_volume_threshold=2");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  REQUIRE(rejects(*breaker, at(0s)));
  breaker->record(straggler, Outcome::success, ok, at(1s));
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().back().cause == "a call sent earlier succeeded");
  CHECK(breaker->observe(at(1s)) == State::closed);
  fail(*breaker, at(1s));  // 1 of 2
  CHECK(breaker->observe(at(1s)) == State::open);
}

TEST_CASE("hystrix-go sees an eleventh second") {
  for (const auto& [time, state] :
       {std::pair{10999ms, State::open}, std::pair{11000ms, State::closed}}) {
    const auto breaker = make_breaker("hystrix-go,request_volume_threshold=2");
    fail(*breaker, at(900ms));
    fail(*breaker, at(900ms));
    CHECK(breaker->observe(at(time)) == state);
  }
}

TEST_CASE("errors of hystrix-go outlive their requests") {
  const auto breaker =
      make_breaker("hystrix-go,request_volume_threshold=3,error_percent_threshold=60");
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  for (int i = 0; i < 2; ++i) {
    succeed(*breaker, at(10s));
  }
  CHECK(breaker->observe(at(10s)) == State::closed);  // 2 requests
  succeed(*breaker, at(10s));
  CHECK(breaker->observe(at(10s)) == State::open);  // 2 errors of 3 requests
}

TEST_CASE("a cancelled call is a request of hystrix-go and no error") {
  const auto breaker =
      make_breaker("hystrix-go,request_volume_threshold=2,error_percent_threshold=51");
  fail(*breaker, at(0s));
  breaker->record(acquire(*breaker, at(0s)), Outcome::ignored, ok, at(0s));
  CHECK(breaker->observe(at(0s)) == State::closed);
}

TEST_CASE("0 means the default to hystrix-go, which says so, and refuses a part of a millisecond") {
  const auto zeros = choice(
      "hystrix-go,request_volume_threshold=0,error_percent_threshold=0,sleep_window=0,"
      "max_concurrent_requests=0,timeout=0");
  CHECK(zeros.facts().open_for == 5s);
  CHECK(zeros.facts().trips[0].minimum_calls == 20);
  CHECK(zeros.facts().trips[0].share == 0.495);
  CHECK(zeros.warnings({.timeout = 1s}).size() == 5);
  const auto wrong = parse_choice("hystrix-go,sleep_window=1500us");
  REQUIRE_FALSE(wrong.ok());
  CHECK_THAT(wrong.error().message, ContainsSubstring("sleep_window: '1500us' is not a whole"));
}

TEST_CASE("hystrix-go warns of a timeout that is not its own and of a pool that is too small") {
  const auto defaults = choice("hystrix-go");
  CHECK(defaults.warnings({.timeout = 1s}).empty());
  CHECK(defaults.warnings({}).empty());
  REQUIRE(defaults.warnings({.timeout = 5s}).size() == 1);
  CHECK(defaults.warnings({.timeout = 5s})[0].remedy == "run with --timeout 1s");
  CHECK(choice("hystrix-go,timeout=500").warnings({}).size() == 1);
  CHECK(
      defaults.warnings({.calls_per_second = 100, .timeout = 1s, .normal_latency = 100ms}).empty());
  const auto full =
      defaults.warnings({.calls_per_second = 101, .timeout = 1s, .normal_latency = 100ms});
  REQUIRE(full.size() == 1);
  CHECK(full[0].key == "max_concurrent_requests");
  CHECK(full[0].remedy == "make it 11 or more");
}
