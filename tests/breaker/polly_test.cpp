// Polly 8 and Polly 7, beside their recordings: what these do not say in words.

#include <chrono>
#include <string>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::State;
using std::chrono::milliseconds;

namespace {

constexpr auto advanced =
    "polly7,policy=AdvancedCircuitBreaker,failureThreshold=0.5,samplingDuration=1s,"
    "minimumThroughput=2,durationOfBreak=1s";

}  // namespace

TEST_CASE("polly opens on a failure only, and lets any call decide the half-open state") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 start D -> admit ; closed\n"
      "0 start E -> admit ; closed\n"
      "10 end A fail ; closed\n"
      "20 end B fail ; closed\n"
      "30 end C ok ; closed\n"
      "40 end D ok ; closed\n"
      "50 start F -> admit ; closed\n"
      "60 end F fail ; open\n"
      "61 start G -> reject(BrokenCircuitException) ; open\n"
      "1059 start H -> reject(BrokenCircuitException) ; open\n"
      "1060 start I -> admit ; half_open\n"
      "1061 start J -> reject(BrokenCircuitException) ; half_open\n"
      "1070 end E ok ; closed\n"
      "1071 start K -> admit ; closed\n"
      "1080 end I fail ; closed\n";
  CHECK(play(*make_breaker("polly,FailureRatio=0.5,MinimumThroughput=4,SamplingDuration=2s,"
                           "BreakDuration=1s"),
             life) == life);
}

TEST_CASE("polly's pieces of the window begin with a result and leave a whole window later") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "99 start B -> admit ; closed\n"
      "99 end B ok ; closed\n"
      "1000 start C -> admit ; closed\n"
      "1000 end C fail ; closed\n"
      "1100 start D -> admit ; closed\n"
      "1100 end D fail ; open\n";
  CHECK(play(*make_breaker("polly,FailureRatio=0.5,MinimumThroughput=2,SamplingDuration=1s"),
             life) == life);
}

TEST_CASE("polly keeps a result until the piece that it fell into leaves") {
  // The piece of 0 takes the failure of 99 with it at 1000, not at 1099.
  const auto third_failure_opens = [](int t) {
    const auto breaker =
        make_breaker("polly,FailureRatio=1,MinimumThroughput=3,SamplingDuration=1s");
    fail(*breaker, at_ms(0));
    fail(*breaker, at_ms(99));
    fail(*breaker, at_ms(t));
    return breaker->state() == State::open;
  };
  CHECK(third_failure_opens(999));
  CHECK_FALSE(third_failure_opens(1000));
}

TEST_CASE("polly's pieces are a tenth of the window, and one begins when the last is a tenth old") {
  const auto last_failure_opens = [](int second) {
    const auto breaker =
        make_breaker("polly,FailureRatio=1,MinimumThroughput=2,SamplingDuration=1s");
    succeed(*breaker, at_ms(0));
    fail(*breaker, at_ms(second));
    fail(*breaker, at_ms(1000));
    return breaker->state() == State::open;
  };
  CHECK_FALSE(last_failure_opens(99));
  CHECK(last_failure_opens(100));
}

TEST_CASE("polly takes an unhandled end for a success") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "10 end A fail ; closed\n"
      "10 end B fail ; open\n"
      "5010 start C -> admit ; half_open\n"
      "5020 end C ignored ; closed\n";
  CHECK(play(*make_breaker("polly,MinimumThroughput=2"), life) == life);
}

TEST_CASE("polly counts late results while it is open, and empties the window when it closes") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "10 end A fail ; closed\n"
      "10 end B fail ; open\n"
      "20 end C fail ; open\n"
      "510 start D -> admit ; half_open\n"
      "520 end D ok ; closed\n"
      "530 start E -> admit ; closed\n"
      "530 end E fail ; closed\n"
      "540 start F -> admit ; closed\n"
      "540 end F fail ; open\n";
  CHECK(play(*make_breaker("polly,FailureRatio=0.5,MinimumThroughput=2,BreakDuration=500ms"),
             life) == life);
}

TEST_CASE("polly reopens for a whole BreakDuration after the first failure half-open") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "0 end B fail ; open\n"
      "500 start D -> admit ; half_open\n"
      "600 end C fail ; open\n"
      "1000 end D ok ; open\n"
      "1099 start E -> reject(BrokenCircuitException) ; open\n"
      "1100 start F -> admit ; half_open\n";
  CHECK(play(*make_breaker("polly,MinimumThroughput=2,BreakDuration=500ms"), life) == life);
}

TEST_CASE("polly refuses what its validation refuses") {
  for (const auto* settings : {"FailureRatio=1.1", "MinimumThroughput=1", "SamplingDuration=499ms",
                               "BreakDuration=499ms", "BreakDuration=25h"}) {
    CHECK_FALSE(breaker::parse_choice(std::string("polly,") + settings).ok());
  }
  CHECK(breaker::parse_choice("polly,FailureRatio=0,MinimumThroughput=2,SamplingDuration=500ms,"
                              "BreakDuration=24h")
            .ok());
}

TEST_CASE("polly warns of a window shorter than two timeouts") {
  const auto settings = choice("polly,SamplingDuration=10s");
  CHECK(settings.warnings({.timeout = std::chrono::seconds(5)}).empty());
  CHECK(settings.warnings({.timeout = std::chrono::seconds(6)}).front().key == "SamplingDuration");
  CHECK(choice("polly,FailureRatio=0").warnings({}).front().key == "FailureRatio");
}

TEST_CASE("polly7 sends another probe after each durationOfBreak, though the last still runs") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 start C -> admit ; closed\n"
      "0 start D -> admit ; closed\n"
      "0 start E -> admit ; closed\n"
      "10 end A fail ; closed\n"
      "20 end B fail ; open\n"
      "30 end C ok ; open\n"
      "1019 start F -> reject(BrokenCircuitException) ; open\n"
      "1020 start G -> admit ; half_open\n"
      "1021 start H -> reject(BrokenCircuitException) ; half_open\n"
      "2019 start I -> reject(BrokenCircuitException) ; half_open\n"
      "2020 start J -> admit ; half_open\n"
      "2030 end D ignored ; half_open\n"
      "2040 end G ok ; closed\n"
      "2050 end J fail ; closed\n"
      "2060 end E fail ; open\n";
  CHECK(play(*make_breaker("polly7,exceptionsAllowedBeforeBreaking=2,durationOfBreak=1s"), life) ==
        life);
}

TEST_CASE("polly7 half-opens when its state is read, which takes no probe's place") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 end A fail ; open\n"
      "999 read ; open\n"
      "1000 read ; half_open\n"
      "1500 start B -> admit ; half_open\n"
      "2499 start C -> reject(BrokenCircuitException) ; half_open\n"
      "2500 start D -> admit ; half_open\n";
  CHECK(play(*make_breaker("polly7,exceptionsAllowedBeforeBreaking=1,durationOfBreak=1s"), life) ==
        life);
}

TEST_CASE("polly7 forgets its failures in a row at any success while closed") {
  const auto breaker = make_breaker("polly7,exceptionsAllowedBeforeBreaking=2");
  fail(*breaker, at_ms(0));
  succeed(*breaker, at_ms(1));
  fail(*breaker, at_ms(2));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at_ms(3));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("polly7's advanced policy forgets all when it closes but the success that closes it") {
  const std::string life =
      "0 start A -> admit ; closed\n"
      "0 start B -> admit ; closed\n"
      "0 end A fail ; closed\n"
      "0 end B fail ; open\n"
      "1000 start C -> admit ; half_open\n"
      "1000 end C ok ; closed\n"
      "1001 start D -> admit ; closed\n"
      "1001 end D fail ; open\n";
  CHECK(play(*make_breaker(advanced), life) == life);
  const auto above_half = make_breaker(
      "polly7,policy=AdvancedCircuitBreaker,failureThreshold=0.51,samplingDuration=1h,"
      "minimumThroughput=2,durationOfBreak=1s");
  play(*above_half, life);
  CHECK(above_half->state() == State::closed);
}

TEST_CASE("polly7's advanced policy empties a window below 200ms at its end") {
  const auto settings =
      "polly7,policy=AdvancedCircuitBreaker,failureThreshold=1,minimumThroughput=2,"
      "durationOfBreak=1s,samplingDuration=";
  for (const auto& [window, state] :
       {std::pair("199ms", State::closed), std::pair("200ms", State::open)}) {
    // At 200 the one piece of 199ms is over; of ten pieces of 20ms only that of the success is.
    const auto breaker = make_breaker(std::string(settings) + window);
    succeed(*breaker, at_ms(0));
    fail(*breaker, at_ms(150));
    fail(*breaker, at_ms(200));
    CHECK(breaker->state() == state);
  }
}

TEST_CASE("polly7 refuses arguments of the policy that is not chosen, and the lack of its own") {
  const auto other = breaker::parse_choice("polly7,minimumThroughput=8");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message ==
        "minimumThroughput: belongs to policy=AdvancedCircuitBreaker, which is not chosen");
  const auto none = breaker::parse_choice("polly7,policy=AdvancedCircuitBreaker");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message == "failureThreshold: policy=AdvancedCircuitBreaker needs it");
  CHECK_FALSE(
      breaker::parse_choice(std::string(advanced) + ",exceptionsAllowedBeforeBreaking=2").ok());
}

TEST_CASE("polly7's facts tell its policies apart") {
  const auto in_a_row = choice("polly7,exceptionsAllowedBeforeBreaking=2").facts().trips.front();
  CHECK(in_a_row.kind == breaker::TripRule::Kind::consecutive);
  CHECK(in_a_row.failures == 2);
  const auto share = choice(advanced).facts().trips.front();
  CHECK(share.kind == breaker::TripRule::Kind::share);
  CHECK(share.minimum_calls == 2);
  CHECK_FALSE(share.tumbling);
}

TEST_CASE("polly's break grows as its generator says, up to its bound, and begins anew on close") {
  const auto breaker = make_breaker(
      "polly,MinimumThroughput=2,BreakDurationGenerator.base=1s,"
      "BreakDurationGenerator.times=2^HalfOpenAttempts,BreakDurationGenerator.most=3s");
  int now_ms = 0;
  const auto wait_for_trial = [&] {
    const int began = now_ms;
    auto trial = breaker->try_acquire(at_ms(now_ms));
    while (trial.answer == breaker::Admission::Answer::rejected) {
      now_ms += 500;
      trial = breaker->try_acquire(at_ms(now_ms));
    }
    return std::pair{trial.permit, now_ms - began};
  };
  fail(*breaker, at_ms(0));
  fail(*breaker, at_ms(0));
  for (const int expected : {1000, 2000, 3000, 3000}) {
    const auto [trial, waited] = wait_for_trial();
    CHECK(waited == expected);
    breaker->record(trial, breaker::Outcome::failure, error_503, at_ms(now_ms));
  }
  breaker->record(wait_for_trial().first, breaker::Outcome::success, ok, at_ms(now_ms));
  REQUIRE(breaker->state() == State::closed);
  fail(*breaker, at_ms(now_ms));
  fail(*breaker, at_ms(now_ms));
  CHECK(wait_for_trial().second == 1000);
}

TEST_CASE("a generator of polly without a base, or without what multiplies it, is refused") {
  for (const auto& [settings, missing] :
       {std::pair{"polly,BreakDurationGenerator.base=1s", "BreakDurationGenerator.times"},
        std::pair{"polly,BreakDurationGenerator.times=FailureCount", "BreakDurationGenerator.base"},
        std::pair{"polly,BreakDurationGenerator.most=9s", "BreakDurationGenerator.base"}}) {
    const auto refused = breaker::parse_choice(settings);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message,
               ContainsSubstring(std::string(missing) + ": it is missing"));
  }
}
