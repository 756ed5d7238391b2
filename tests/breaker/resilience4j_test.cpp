#include "breaker/dialects/resilience4j.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Outcome;
using breaker::State;

namespace {

// One result opens it, one verdict ends half-open.
const std::string hasty =
    "resilience4j,slidingWindowSize=1,minimumNumberOfCalls=1,permittedNumberOfCallsInHalfOpenState="
    "1";

// How long each of so many openings in a row lasts, the trials between them failing.
std::vector<Duration> waits(const std::string& settings, int openings, std::uint64_t seed = 1) {
  const auto breaker =
      choice(hasty + ",automaticTransitionFromOpenToHalfOpenEnabled=true" + settings)
          .make(Random(seed));
  std::vector<Duration> found;
  TimePoint now{};
  for (int i = 0; i < openings; ++i) {
    fail(*breaker, now);
    const auto due = breaker->next_tick();
    found.push_back(due - now);
    now = due;
    breaker->tick(now);
  }
  return found;
}

std::vector<std::string> warned_keys(const std::string& text) {
  std::vector<std::string> keys;
  for (const auto& warning : choice(text).warnings({.timeout = 1s})) {
    keys.push_back(warning.key);
  }
  return keys;
}

}  // namespace

TEST_CASE("a success opens resilience4j when it completes the minimum of calls") {
  const auto breaker = make_breaker("resilience4j,slidingWindowSize=4,minimumNumberOfCalls=4");
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  succeed(*breaker, at(0s));
  CHECK(breaker->state() == State::closed);
  succeed(*breaker, at(1s));
  CHECK(breaker->state() == State::open);
  CHECK(breaker->take_transitions().back().cause ==
        "2 of 4 calls failed (50%), seen when a success came in");
}

TEST_CASE("the wait of resilience4j is over after its very end for a call, and at it for a timer") {
  const auto settings = hasty + ",waitDurationInOpenState=1s";
  const auto lazy = make_breaker(settings);
  fail(*lazy, at(5s));
  CHECK(lazy->take_transitions().back().cause == "1 of 1 call failed (100%), the last a 503");
  CHECK(lazy->next_tick() == never);
  CHECK(lazy->try_acquire(at(6s)).error == "CallNotPermittedException");
  CHECK_FALSE(rejects(*lazy, at(6s + 1ns)));
  CHECK(lazy->state() == State::half_open);

  const auto timed = make_breaker(settings + ",automaticTransitionFromOpenToHalfOpenEnabled=true");
  fail(*timed, at(5s));
  REQUIRE(timed->next_tick() == at(6s));
  timed->tick(at(6s));
  CHECK(timed->state() == State::half_open);
  CHECK(timed->next_tick() == never);
}

TEST_CASE("a call of exactly slowCallDurationThreshold is not slow, and slow successes open") {
  for (const auto duration : {200ms + 0ns, 200ms + 1ns}) {
    const auto breaker = make_breaker(
        "resilience4j,slidingWindowSize=1,minimumNumberOfCalls=1,slowCallDurationThreshold=200ms");
    breaker->record(acquire(*breaker, at(1s)), Outcome::success, ok, at(1s + duration));
    CHECK((breaker->state() == State::open) == (duration > 200ms));
    for (const auto& transition : breaker->take_transitions()) {
      CHECK(transition.cause == "1 of 1 call took longer than 200ms (100%)");
    }
  }
}

TEST_CASE("half-open, resilience4j takes its minimum as configured, not as cut to the window") {
  const auto breaker = make_breaker(
      "resilience4j,slidingWindowSize=3,minimumNumberOfCalls=8,waitDurationInOpenState=100ms,"
      "permittedNumberOfCallsInHalfOpenState=5");
  for (int i = 0; i < 3; ++i) {
    CHECK(breaker->state() == State::closed);
    fail(*breaker, at(0s));
  }
  CHECK(breaker->state() == State::open);
  for (int i = 0; i < 5; ++i) {
    CHECK(breaker->state() == (i == 0 ? State::open : State::half_open));
    succeed(*breaker, at(1s));
  }
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().back().cause ==
        "0 of 5 half-open results failed (0%), below 50%");
}

TEST_CASE("a permit of resilience4j comes back for an ignored result only, late ones included") {
  const auto breaker = make_breaker(
      "resilience4j,slidingWindowSize=1,minimumNumberOfCalls=9,waitDurationInOpenState=100ms,"
      "permittedNumberOfCallsInHalfOpenState=2");
  const auto straggler = acquire(*breaker, at(0s));
  fail(*breaker, at(0s));
  const auto trial = acquire(*breaker, at(1s));
  acquire(*breaker, at(1s));
  breaker->record(trial, Outcome::success, ok, at(1s));
  CHECK(breaker->state() == State::half_open);
  CHECK(rejects(*breaker, at(1s)));
  breaker->record(straggler, Outcome::ignored, ok, at(1s));
  CHECK_FALSE(rejects(*breaker, at(1s)));
}

TEST_CASE(
    "exponential waits are cut to milliseconds one by one, capped, and begin anew when closed") {
  CHECK(waits(",waitDurationInOpenState=3ms,enableExponentialBackoff=true", 4) ==
        std::vector<Duration>{3ms, 4ms, 6ms, 9ms});
  CHECK(waits(",waitDurationInOpenState=3ms,enableExponentialBackoff=true,"
              "exponentialBackoffMultiplier=2,exponentialMaxWaitDurationInOpenState=10ms",
              4) == std::vector<Duration>{3ms, 6ms, 10ms, 10ms});

  const auto breaker = make_breaker(
      hasty +
      ",waitDurationInOpenState=100ms,enableExponentialBackoff=true,initialState=HALF_OPEN");
  fail(*breaker, at(0s));  // counts as the second opening
  CHECK(rejects(*breaker, at(150ms)));
  succeed(*breaker, at(151ms));
  CHECK(breaker->state() == State::closed);
  fail(*breaker, at(1s));
  CHECK_FALSE(rejects(*breaker, at(1101ms)));
}

TEST_CASE("a wait that outgrows time never ends") {
  const auto found = waits(
      ",waitDurationInOpenState=10000h,enableExponentialBackoff=true,"
      "exponentialBackoffMultiplier=1e300",
      1);
  CHECK(found == std::vector<Duration>{10'000h});
  const auto breaker = make_breaker(
      hasty +
      ",waitDurationInOpenState=1ms,enableExponentialBackoff=true,"
      "exponentialBackoffMultiplier=1e300,automaticTransitionFromOpenToHalfOpenEnabled=true");
  fail(*breaker, at(0s));
  fail(*breaker, at(1s));
  CHECK(breaker->next_tick() == never);
  CHECK(rejects(*breaker, at(10'000h)));
}

TEST_CASE("randomized waits stay within the factor, differ, and repeat with the seed") {
  const std::string settings =
      ",waitDurationInOpenState=1s,enableRandomizedWait=true,randomizedWaitFactor=0.2";
  const auto found = waits(settings, 1000);
  const std::set<Duration> different(found.begin(), found.end());
  CHECK(*different.begin() >= 800ms);
  CHECK(*different.begin() < 810ms);
  CHECK(*different.rbegin() <= 1200ms);
  CHECK(*different.rbegin() > 1190ms);
  CHECK(different.size() > 200);
  CHECK(waits(settings, 1000) == found);
  CHECK(waits(settings, 1000, 2) != found);
}

TEST_CASE("backoff keys that Spring's loader passes over have no effect, and a warning says so") {
  const std::string no_wait = ",enableExponentialBackoff=true,exponentialBackoffMultiplier=3";
  CHECK(waits(no_wait, 2) == std::vector<Duration>{60s, 60s});
  CHECK(warned_keys("resilience4j" + no_wait) ==
        std::vector<std::string>{"enableExponentialBackoff"});

  const std::string no_multiplier =
      ",waitDurationInOpenState=1s,enableExponentialBackoff=true,"
      "exponentialMaxWaitDurationInOpenState=1200ms";
  CHECK(waits(no_multiplier, 3) == std::vector<Duration>{1s, 1500ms, 2250ms});
  CHECK(warned_keys("resilience4j" + no_multiplier) ==
        std::vector<std::string>{"exponentialMaxWaitDurationInOpenState"});

  CHECK(warned_keys("resilience4j,randomizedWaitFactor=0.1,"
                    "transitionToStateAfterWaitDuration=CLOSED") ==
        std::vector<std::string>{"randomizedWaitFactor", "transitionToStateAfterWaitDuration"});
  CHECK(warned_keys("resilience4j,waitDurationInOpenState=1s,enableRandomizedWait=true,"
                    "randomizedWaitFactor=0.1,enableExponentialBackoff=false")
            .empty());
}

TEST_CASE("after maxWaitDurationInHalfOpenState a timer opens resilience4j, or closes it") {
  for (const auto* leads_to : {"OPEN", "CLOSED"}) {
    const auto breaker =
        make_breaker(hasty +
                     ",waitDurationInOpenState=100ms,maxWaitDurationInHalfOpenState=300ms,"
                     "transitionToStateAfterWaitDuration=" +
                     leads_to);
    fail(*breaker, at(0s));
    CHECK(breaker->next_tick() == never);
    acquire(*breaker, at(1s));
    REQUIRE(breaker->next_tick() == at(1300ms));
    breaker->tick(at(1300ms));
    CHECK(breaker->state() == (leads_to == std::string("OPEN") ? State::open : State::closed));
    CHECK(breaker->take_transitions().back().cause ==
          "300ms passed since it half-opened without a verdict");
    CHECK(breaker->next_tick() == never);
  }
}

TEST_CASE("a time window is made of epoch seconds, or lock-free of seconds since it closed") {
  const std::string settings =
      ",slidingWindowType=TIME_BASED,slidingWindowSize=2,minimumNumberOfCalls=2,"
      "waitDurationInOpenState=100ms,permittedNumberOfCallsInHalfOpenState=1";
  for (const auto* dialect : {"resilience4j", "resilience4j-lockfree"}) {
    const auto breaker = make_breaker(dialect + settings);
    fail(*breaker, at(0s));
    fail(*breaker, at(0s));
    succeed(*breaker, at(500ms));
    CHECK(breaker->state() == State::closed);
    fail(*breaker, at(900ms));
    fail(*breaker, at(2100ms));  // epoch seconds 0 and 2; 400ms and 1.6s after it closed
    CHECK((breaker->state() == State::open) == (dialect != std::string("resilience4j")));
  }
}

TEST_CASE("lock-free seconds begin anew after an idle gap of a second more than the window") {
  for (const auto gap : {2999ms, 3500ms}) {
    const auto breaker = make_breaker(
        "resilience4j-lockfree,slidingWindowType=TIME_BASED,slidingWindowSize=2,"
        "minimumNumberOfCalls=2");
    fail(*breaker, at(gap));
    fail(*breaker, at(gap + 1900ms));  // two seconds further on the old grid, one on a new one
    CHECK((breaker->state() == State::open) == (gap == 3500ms));
  }
}

TEST_CASE("a lock-free window of one call throws from its second result on") {
  const auto settings = ",slidingWindowSize=1,minimumNumberOfCalls=1";
  const auto breaker = make_breaker(std::string("resilience4j-lockfree") + settings);
  succeed(*breaker, at(0s));
  CHECK(breaker->record(acquire(*breaker, at(1s)), Outcome::failure, error_503, at(1s)) ==
        "NullPointerException");
  CHECK(breaker->state() == State::closed);

  for (const auto* state : {"DISABLED", "METRICS_ONLY"}) {
    const auto idle =
        make_breaker(std::string("resilience4j-lockfree,initialState=") + state + settings);
    succeed(*idle, at(0s));
    const auto seen = idle->record(acquire(*idle, at(0s)), Outcome::success, ok, at(0s));
    CHECK(seen.empty() == (state == std::string("DISABLED")));
  }

  const auto synchronized_one = make_breaker(std::string("resilience4j") + settings);
  succeed(*synchronized_one, at(0s));
  fail(*synchronized_one, at(1s));
  CHECK(synchronized_one->state() == State::open);
}

TEST_CASE("initial states that never end") {
  struct Initial {
    const char* word;
    State state;
    const char* cause;
  };
  for (const auto& [word, state, cause] : {
           Initial{"FORCED_OPEN", State::forced_open, "initialState is FORCED_OPEN"},
           Initial{"DISABLED", State::disabled, "initialState is DISABLED"},
           Initial{"metrics_only", State::disabled,
                   "initialState is METRICS_ONLY: it measures and never opens"},
       }) {
    const auto chosen = choice(hasty + ",initialState=" + word);
    const auto breaker = chosen.make(Random(1));
    CHECK(breaker->state() == state);
    const auto transitions = breaker->take_transitions();
    REQUIRE(transitions.size() == 1);
    CHECK(transitions[0].cause == cause);
    CHECK(chosen.facts().trips.empty());
    for (int i = 0; i < 3; ++i) {
      const auto admission = breaker->try_acquire(at(i * 1h));
      if (state == State::forced_open) {
        CHECK(admission.error == "CallNotPermittedException");
      } else {
        breaker->record(admission.permit, Outcome::failure, error_503, at(i * 1h));
      }
      CHECK(breaker->state() == state);
    }
  }
}

TEST_CASE("resilience4j refuses what its Spring properties refuse") {
  struct Bad {
    const char* settings;
    const char* message;
    const char* hint;
  };
  for (const auto& [settings, message, hint] : {
           Bad{"failureRateThreshold=0.5", "failureRateThreshold: '0.5'", "1 to 100"},
           Bad{"slowCallRateThreshold=101", "slowCallRateThreshold: '101'", "1 to 100"},
           Bad{"slidingWindowSize=0", "slidingWindowSize: '0'", "1 to 1000000"},
           Bad{"slidingWindowType=COUNT", "slidingWindowType: unknown word 'COUNT'", "COUNT_BASED"},
           Bad{"slowCallDurationThreshold=0", "slowCallDurationThreshold: '0'", "above 0ms"},
           Bad{"waitDurationInOpenState=0", "waitDurationInOpenState: '0'", "at least 1ms"},
           Bad{"waitDurationInOpenState=1500us", "'1500us' is not a whole number of milliseconds",
               "write 1ms or 2ms"},
           Bad{"exponentialBackoffMultiplier=0", "exponentialBackoffMultiplier: '0'", "above 0"},
           Bad{"randomizedWaitFactor=1", "randomizedWaitFactor: 1 is out of range", "below 1"},
           Bad{"enableExponentialBackoff=true,enableRandomizedWait=true",
               "enableRandomizedWait: it cannot be true while enableExponentialBackoff is true",
               "one"},
           Bad{"transitionToStateAfterWaitDuration=HALF_OPEN", "unknown word 'HALF_OPEN'", "OPEN"},
           Bad{"slidingWindowType=TIME_BASED,slidingWindowSize=1,"
               "slidingWindowSynchronizationStrategy=LOCK_FREE",
               "slidingWindowSize: '1' is too small", "at least 2"},
       }) {
    INFO(settings);
    const auto parsed = breaker::parse_choice(std::string("resilience4j,") + settings);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(message));
    CHECK_THAT(parsed.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("resilience4j warns of sizes that do not mean what they say") {
  CHECK(warned_keys("resilience4j").empty());
  CHECK(warned_keys("resilience4j,slidingWindowSize=50") ==
        std::vector<std::string>{"minimumNumberOfCalls"});
  CHECK(warned_keys("resilience4j,minimumNumberOfCalls=9") ==
        std::vector<std::string>{"permittedNumberOfCallsInHalfOpenState"});
  CHECK(warned_keys("resilience4j-lockfree,slidingWindowSize=1,minimumNumberOfCalls=1,"
                    "permittedNumberOfCallsInHalfOpenState=1") ==
        std::vector<std::string>{"slidingWindowSize", "permittedNumberOfCallsInHalfOpenState"});
  CHECK(warned_keys("resilience4j,waitDurationInOpenState=1s,enableExponentialBackoff=true,"
                    "exponentialBackoffMultiplier=0.5") ==
        std::vector<std::string>{"exponentialBackoffMultiplier"});
  const auto hanging = choice("resilience4j").warnings({});
  REQUIRE(hanging.size() == 1);
  CHECK(hanging[0].key == "maxWaitDurationInHalfOpenState");
}

TEST_CASE("the facts of resilience4j name both rules and the half-open verdict") {
  const auto facts = choice(
                         "resilience4j,slidingWindowSize=20,minimumNumberOfCalls=40,"
                         "failureRateThreshold=25,slowCallDurationThreshold=2s,"
                         "permittedNumberOfCallsInHalfOpenState=30,waitDurationInOpenState=5s")
                         .facts();
  REQUIRE(facts.trips.size() == 2);
  CHECK(facts.trips[0].share == 0.25);
  CHECK(facts.trips[0].minimum_calls == 20);
  CHECK(facts.trips[0].window_calls == 20);
  CHECK_FALSE(facts.trips[0].of_slow_calls);
  CHECK(facts.trips[1].share == 1);
  CHECK(facts.trips[1].slow_from == 2s);
  CHECK(facts.trips[1].of_slow_calls);
  CHECK(facts.open_for == 5s);
  CHECK(facts.trials_admitted == 30);
  CHECK(facts.trials_needed == 30);
}
