#include <string>
#include <utility>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::Admission;
using breaker::Outcome;
using breaker::parse_choice;
using breaker::State;

namespace {

// One failure is enough, once its half second is over; open for one second.
constexpr const char* touchy = ",requestVolumeThreshold=1,sleepWindowInMilliseconds=1000";

std::unique_ptr<breaker::Breaker> make_touchy(const std::string& dialect,
                                              const std::string& more = "") {
  return make_breaker(dialect + touchy + more);
}

// 1.5.12 and 1.5.13 open at 500ms on a failure before it.
void open_at_500ms(breaker::Breaker& breaker) {
  fail(breaker, at(100ms));
  breaker.tick(at(500ms));
  ENSURE(breaker.state() == State::open);
}

}  // namespace

TEST_CASE("hystrix is another name of the version that is in the field") {
  CHECK(choice("hystrix").text() == "hystrix-1.5.18");
  CHECK(choice("Hystrix,requestVolumeThreshold=5").text() ==
        "hystrix-1.5.18,circuitBreaker.requestVolumeThreshold=5");
  CHECK(parse_choice("hystrixx").error().hint == "did you mean 'hystrix'?");
}

TEST_CASE(
    "Hystrix 1.5.12 and 1.5.13 open at the health snapshot, not when the threshold is crossed") {
  for (const auto* dialect : {"hystrix-1.5.12", "hystrix-1.5.13"}) {
    const auto breaker = make_touchy(dialect);
    fail(*breaker, at(100ms));
    CHECK_FALSE(rejects(*breaker, at(499ms)));
    CHECK(breaker->next_tick() == at(500ms));
    breaker->tick(at(500ms));
    CHECK(breaker->state() == State::open);
    CHECK(breaker->next_tick() == never);
    CHECK(breaker->take_transitions().back().cause ==
          "1 of 1 call failed (100%) in the last health snapshot");
  }
}

TEST_CASE("what ends at the very instant of a snapshot is in the next one") {
  const auto breaker = make_touchy("hystrix-1.5.12");
  breaker->tick(at(500ms));
  fail(*breaker, at(500ms));
  breaker->tick(at(1000ms));
  CHECK(breaker->state() == State::open);
}

TEST_CASE("Hystrix forgets a bucket when it leaves the window, to the snapshot") {
  const auto breaker = make_breaker("hystrix-1.5.12,requestVolumeThreshold=2");
  fail(*breaker, at(0s));
  for (auto now = 500ms; now < 10'000ms; now += 500ms) {
    breaker->tick(at(now));
  }
  SECTION("the first bucket is in the snapshot at 10s") {
    fail(*breaker, at(9999ms));
    breaker->tick(at(10'000ms));
    CHECK(breaker->state() == State::open);
  }
  SECTION("it is not in the one after") {
    breaker->tick(at(10'000ms));
    fail(*breaker, at(10'001ms));
    breaker->tick(at(10'500ms));
    CHECK(breaker->state() == State::closed);
  }
}

TEST_CASE("Hystrix 1.5.18 opens when somebody asks or reads, from that instant on") {
  const auto breaker = make_touchy("hystrix");
  fail(*breaker, at(100ms));
  CHECK(breaker->observe(at(499ms)) == State::closed);
  CHECK(breaker->next_tick() == never);
  CHECK(breaker->state() == State::closed);
  CHECK(breaker->observe(at(700ms)) == State::open);
  CHECK(breaker->try_acquire(at(1700ms)).error == "SHORTCIRCUIT");
  CHECK_FALSE(rejects(*breaker, at(1701ms)));
}

TEST_CASE("Hystrix counts its sleep window in whole milliseconds") {
  const auto breaker = make_touchy("hystrix");
  fail(*breaker, at(100ms));
  CHECK(rejects(*breaker, at(700'900us)));
  CHECK(rejects(*breaker, at(1'700'999us)));
  CHECK_FALSE(rejects(*breaker, at(1'701ms)));
}

TEST_CASE("Hystrix 1.5.18 lets one trial out per sleep window, counted from the last one's start") {
  const auto breaker = make_touchy("hystrix");
  fail(*breaker, at(100ms));
  REQUIRE(rejects(*breaker, at(500ms)));
  const auto hung = acquire(*breaker, at(1501ms));
  CHECK(rejects(*breaker, at(2501ms)));
  const auto second = acquire(*breaker, at(2502ms));
  breaker->record(second, Outcome::failure, error_503, at(2600ms));
  CHECK(rejects(*breaker, at(3502ms)));
  CHECK_FALSE(rejects(*breaker, at(3503ms)));
  breaker->record(hung, Outcome::success, ok, at(3504ms));
  CHECK(breaker->state() == State::closed);
}

TEST_CASE("a success that closes Hystrix is the first in health counts with ticks from then") {
  const auto breaker = make_breaker(
      "hystrix-1.5.12,requestVolumeThreshold=2,errorThresholdPercentage=51,"
      "sleepWindowInMilliseconds=1000");
  fail(*breaker, at(0s));
  fail(*breaker, at(0s));
  breaker->tick(at(500ms));
  succeed(*breaker, at(1777ms));
  REQUIRE(breaker->state() == State::closed);
  CHECK(breaker->take_transitions().back().cause == "1 trial succeeded");
  fail(*breaker, at(2000ms));
  CHECK(breaker->next_tick() == at(2277ms));
  breaker->tick(at(2277ms));
  CHECK(breaker->state() == State::closed);  // 1 of 2 failed: the closing success counts
}

TEST_CASE("a rejected call ends half-open in Hystrix 1.5.13, and only there") {
  for (const auto& [dialect, state] :
       {std::pair{"hystrix-1.5.12", State::half_open}, std::pair{"hystrix-1.5.13", State::open}}) {
    const auto breaker = make_touchy(dialect);
    open_at_500ms(*breaker);
    const auto trial = acquire(*breaker, at(1501ms));
    CHECK(rejects(*breaker, at(1502ms)));
    CHECK(breaker->state() == state);
    breaker->record(trial, Outcome::success, ok, at(1510ms));
    CHECK(breaker->state() == (state == State::open ? State::open : State::closed));
  }
}

TEST_CASE("half-open, the late result of an earlier call decides") {
  for (const auto* dialect : {"hystrix-1.5.12", "hystrix-1.5.13"}) {
    for (const auto& [outcome, state, cause] :
         {std::tuple{Outcome::success, State::closed, "a call sent earlier succeeded"},
          std::tuple{Outcome::failure, State::open, "a call sent earlier failed: a 503"},
          std::tuple{Outcome::ignored, State::open, "a call ended without success"}}) {
      const auto breaker = make_touchy(dialect);
      const auto straggler = acquire(*breaker, at(0s));
      open_at_500ms(*breaker);
      acquire(*breaker, at(1501ms));
      breaker->record(straggler, outcome, error_503, at(1502ms));
      CHECK(breaker->state() == state);
      CHECK(breaker->take_transitions().back().cause == cause);
    }
  }
}

TEST_CASE("a trial that the semaphore refuses leaves 1.5.12 half-open and reopens 1.5.13") {
  for (const auto& [dialect, state] :
       {std::pair{"hystrix-1.5.12", State::half_open}, std::pair{"hystrix-1.5.13", State::open}}) {
    const auto breaker = make_touchy(dialect, ",maxConcurrentRequests=1");
    acquire(*breaker, at(0s));
    CHECK(breaker->try_acquire(at(1ms)).error == "REJECTED_SEMAPHORE_EXECUTION");
    breaker->tick(at(500ms));
    REQUIRE(breaker->state() == State::open);  // the refused call was an error
    CHECK(breaker->try_acquire(at(1501ms)).error == "REJECTED_SEMAPHORE_EXECUTION");
    CHECK(breaker->state() == state);
    CHECK(breaker->try_acquire(at(9999ms)).error ==
          (state == State::half_open ? "SHORTCIRCUIT" : "REJECTED_SEMAPHORE_EXECUTION"));
  }
}

TEST_CASE("a cancelled trial leaves 1.5.12 half-open, and its thread is free again") {
  const auto breaker = make_touchy("hystrix-1.5.12", ",strategy=THREAD,coreSize=1");
  open_at_500ms(*breaker);
  breaker->forget(acquire(*breaker, at(1501ms)));
  CHECK(breaker->state() == State::half_open);
  CHECK(breaker->try_acquire(at(9999ms)).error == "SHORTCIRCUIT");

  const auto closed = make_touchy("hystrix-1.5.12", ",strategy=THREAD,coreSize=1");
  closed->forget(acquire(*closed, at(0s)));
  CHECK(closed->try_acquire(at(1ms)).answer == Admission::Answer::admitted);
}

TEST_CASE("a trial that the thread pool refuses reopens 1.5.12, too") {
  const auto breaker = make_touchy("hystrix-1.5.12", ",strategy=THREAD,coreSize=1");
  acquire(*breaker, at(0s));
  CHECK(breaker->try_acquire(at(1ms)).error == "REJECTED_THREAD_EXECUTION");
  breaker->tick(at(500ms));
  CHECK(breaker->try_acquire(at(1501ms)).error == "REJECTED_THREAD_EXECUTION");
  CHECK(breaker->state() == State::open);
}

TEST_CASE("calls wait in the queue of Hystrix's thread pool, up to its rejection threshold") {
  const auto breaker = make_breaker(
      "hystrix,strategy=THREAD,coreSize=1,maxQueueSize=10,queueSizeRejectionThreshold=2");
  const auto running = acquire(*breaker, at(0s));
  const auto first = breaker->try_acquire(at(1ms));
  const auto second = breaker->try_acquire(at(2ms));
  REQUIRE(first.answer == Admission::Answer::waiting);
  REQUIRE(second.answer == Admission::Answer::waiting);
  CHECK(breaker->try_acquire(at(3ms)).error == "REJECTED_THREAD_EXECUTION");
  CHECK(breaker->resume(first.permit, at(4ms)).answer == Admission::Answer::waiting);
  breaker->record(running, Outcome::success, ok, at(5ms));
  const auto resumed = breaker->resume(first.permit, at(5ms));
  CHECK(resumed.answer == Admission::Answer::admitted);
  CHECK(resumed.permit.given_at == at(5ms));
  CHECK(breaker->resume(second.permit, at(5ms)).answer == Admission::Answer::waiting);
  CHECK(breaker->try_acquire(at(6ms)).answer == Admission::Answer::waiting);
}

TEST_CASE(
    "Hystrix's thread pool grows beyond coreSize only if it may, and when its queue is full") {
  const std::string pool = "hystrix,strategy=THREAD,coreSize=1,maximumSize=2";
  const auto rigid = make_breaker(pool);
  acquire(*rigid, at(0s));
  CHECK(rejects(*rigid, at(0s)));

  const auto growing = make_breaker(pool + ",allowMaximumSizeToDivergeFromCoreSize=true");
  acquire(*growing, at(0s));
  acquire(*growing, at(0s));
  CHECK(rejects(*growing, at(0s)));

  const auto queued =
      make_breaker(pool + ",allowMaximumSizeToDivergeFromCoreSize=true,maxQueueSize=1");
  acquire(*queued, at(0s));
  CHECK(queued->try_acquire(at(0s)).answer == Admission::Answer::waiting);
  acquire(*queued, at(0s));
  CHECK(rejects(*queued, at(0s)));
}

TEST_CASE("Hystrix truncates its percentage after double arithmetic") {
  for (const auto& [threshold, state] :
       {std::pair{29, State::closed}, std::pair{28, State::open}}) {
    const auto breaker = make_breaker(
        "hystrix,requestVolumeThreshold=100,errorThresholdPercentage=" + std::to_string(threshold));
    for (int i = 0; i < 29; ++i) {
      fail(*breaker, at(0s));
    }
    for (int i = 0; i < 71; ++i) {
      succeed(*breaker, at(0s));
    }
    CHECK(breaker->observe(at(500ms)) == state);
  }
}

TEST_CASE(
    "a Hystrix that is forced does not change, and one that is not enabled is only its pool") {
  for (const auto* dialect : {"hystrix-1.5.12", "hystrix-1.5.13", "hystrix-1.5.18"}) {
    const auto open = make_touchy(dialect, ",forceOpen=true,forceClosed=true");
    CHECK(open->state() == State::forced_open);
    CHECK(open->take_transitions().back().cause == "circuitBreaker.forceOpen=true");
    CHECK(open->try_acquire(at(1h)).error == "SHORTCIRCUIT");
    for (const auto* key : {"forceClosed=true", "circuitBreaker.enabled=false"}) {
      const auto disabled = make_touchy(dialect, std::string(",maxConcurrentRequests=1,") + key);
      for (auto now = 0s; now < 10s; now += 1s) {
        fail(*disabled, at(now));
      }
      CHECK(disabled->observe(at(1h)) == State::disabled);
      acquire(*disabled, at(1h));
      CHECK(disabled->try_acquire(at(1h)).error == "REJECTED_SEMAPHORE_EXECUTION");
    }
  }
  CHECK(choice("hystrix,forceOpen=true").facts().trips.empty());
}

TEST_CASE("a tick that comes late to Hystrix is made up for by whoever comes first") {
  const auto breaker = make_touchy("hystrix-1.5.12");
  fail(*breaker, at(100ms));
  CHECK(rejects(*breaker, at(501ms)));
  CHECK(breaker->next_tick() == never);
}

TEST_CASE("a Hystrix that its library could not run is refused") {
  for (const auto& [text, message] : {
           std::pair{"hystrix,metrics.healthSnapshot.intervalInMilliseconds=0", "out of range"},
           std::pair{"hystrix,metrics.rollingStats.timeInMilliseconds=400",
                     "500ms is longer than the window of 400ms"},
           std::pair{"hystrix,metrics.rollingStats.timeInMilliseconds=2000000000,"
                     "metrics.healthSnapshot.intervalInMilliseconds=1",
                     "more than a million buckets"},
           std::pair{"hystrix,sleepWindowInMilliseconds=0.5ms", "not a whole number"},
           std::pair{"hystrix,coreSize=0", "out of range"},
           std::pair{"hystrix,strategy=POOL", "unknown word 'POOL'"},
           std::pair{"hystrix,requestCache.enabled=maybe", "neither true nor false"},
       }) {
    const auto parsed = parse_choice(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK_THAT(parsed.error().message, ContainsSubstring(message));
  }
}

TEST_CASE("Hystrix says which settings have no effect") {
  const auto warned = [](const std::string& text) {
    std::string keys;
    for (const auto& warning : choice(text).warnings({.timeout = 1s})) {
      keys += warning.key + ";";
    }
    return keys;
  };
  CHECK(warned("hystrix").empty());
  CHECK(warned("hystrix,numBuckets=20") == "metrics.rollingStats.numBuckets;");
  CHECK(warned("hystrix,coreSize=20") == "coreSize;");
  CHECK(warned("hystrix,strategy=THREAD,coreSize=20").empty());
  CHECK(warned("hystrix,strategy=THREAD,maxConcurrentRequests=20") ==
        "execution.isolation.semaphore.maxConcurrentRequests;");
  CHECK(warned("hystrix,strategy=THREAD,maximumSize=20") == "maximumSize;");
  CHECK(warned("hystrix,strategy=THREAD,queueSizeRejectionThreshold=9") ==
        "queueSizeRejectionThreshold;");
  CHECK(warned("hystrix,forceOpen=true,forceClosed=true") == "circuitBreaker.forceClosed;");
  CHECK(warned("hystrix,metrics.rollingStats.timeInMilliseconds=10100") ==
        "metrics.rollingStats.timeInMilliseconds;");
  CHECK(warned("hystrix,timeoutInMilliseconds=900") ==
        "execution.isolation.thread.timeoutInMilliseconds;");
  CHECK(warned("hystrix,timeoutInMilliseconds=900,execution.timeout.enabled=false").empty());
}

TEST_CASE("only Hystrix 1.5.13 is warned of a load under which a trial cannot close it") {
  const breaker::Traffic busy{.calls_per_second = 50, .timeout = 1s, .normal_latency = 20ms};
  CHECK(choice("hystrix-1.5.12").warnings(busy).empty());
  CHECK(choice("hystrix-1.5.18").warnings(busy).empty());
  const auto warnings = choice("hystrix-1.5.13").warnings(busy);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0].reason, ContainsSubstring("1 arrive in the 20ms that a trial takes"));
}
