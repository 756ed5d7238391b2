// A breaker among other policies, and breakers that have their callers wait.

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using breaker::State;

namespace {
BreakerConfig breaker_of(const std::string& text) { return {.choice = choice(text)}; }
// Opens at the first failure, too.
BreakerConfig by_head() {
  auto config = classic();
  config.judges = client::Judges::head;
  return config;
}
const client::Ending cut{.end = {CallEnd::Kind::closed, 200}};
const std::string pybreaker = "pybreaker,fail_max=2,reset_timeout=1s";
const std::string cockatiel =
    "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=1s";
}  // namespace

TEST_CASE("callers that pybreaker has wait go out one by one, as they came") {
  Rig rig({breaker_of(pybreaker)});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 0.1");
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0: 200, send 1.1");
  rig.reply("1.1", 503);
  CHECK(rig.did() == "1: 503, send 2.1");
  rig.reply("2.1", 503);  // trips: the last one is rejected
  CHECK(rig.did() == "2: 503, 3: CircuitBreakerError");
  CHECK(rig.breaker().permits() == 0);
}

TEST_CASE("pybreaker_calling lets all go out at once when it is closed") {
  Rig rig({breaker_of("pybreaker_calling,fail_max=1")});
  rig.begin(0);
  rig.begin(1);
  rig.reply("0.1", 503);
  rig.begin(2);
  CHECK(rig.did() == "send 0.1, send 1.1, 0: 503, 2: CircuitBreakerError");
}

TEST_CASE("one that goes away while a breaker has it wait is not sent, and the next is") {
  Rig rig({breaker_of(pybreaker)});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  rig.gone(1);
  rig.gone(3);
  CHECK(rig.did() == "send 0.1, 1: cancelled, 3: cancelled");
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0: 200, send 2.1");
  rig.reply("2.1", 200);
  CHECK(rig.did() == "2: 200");
  CHECK(rig.breaker().permits() == 0);
}

TEST_CASE("a timeout around a breaker ends the wait for its leave") {
  Rig rig({TimeoutConfig{100ms}, breaker_of(pybreaker)});
  rig.begin(0);
  rig.begin(1);
  rig.to(50);
  rig.reply("0.1", 200);
  rig.begin(2);
  CHECK(rig.did() == "send 0.1, 0: 200, send 1.1");
  rig.to(100);
  CHECK(rig.did() == "cancel 1.1, 1: timed out, send 2.1");
  rig.to(150);
  CHECK(rig.did() == "cancel 2.1, 2: timed out");
}

TEST_CASE("callers that cockatiel has wait are let go by the verdict of the trial") {
  Rig rig({breaker_of(cockatiel)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(1000);
  (void)rig.did();
  for (std::uint32_t call = 1; call < 4; ++call) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 1.1");
  SECTION("it succeeds") {
    rig.reply("1.1", 200);
    CHECK(rig.did() == "1: 200, send 2.1, send 3.1");
  }
  SECTION("it fails") {
    rig.reply("1.1", 503);
    CHECK(rig.did() == "1: 503, 2: BrokenCircuitError, 3: BrokenCircuitError");
  }
}

TEST_CASE("twenty thousand that wait and fail at once when they go out need no stack") {
  constexpr std::uint32_t calls = 20'000;
  Rig rig(
      {breaker_of("cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=1s"),
       BulkheadConfig{.places = 1}});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(1000);
  (void)rig.did();
  for (std::uint32_t call = 1; call < calls; ++call) {
    rig.begin(call);
  }
  rig.reply("1.1", 200);  // 2 takes the place, the others find none
  const auto did = rig.did();
  CHECK(did.starts_with("send 1.1, 1: 200, send 2.1, 3: full, 4: full, "));
  CHECK(did.ends_with(", 19999: full"));
  CHECK(rig.breaker().permits() == 1);
}

TEST_CASE("a held caller that is let go is asked for once, however the others end") {
  // Call 1 goes out when 0 ends, and is refused by the bulkhead, at which 2 is asked at once.
  Rig rig({breaker_of(pybreaker), RetryConfig{.most = 2, .backoff = {.delay = 0ms}},
           BulkheadConfig{.places = 1}});
  rig.begin(0);
  rig.begin(1);
  rig.begin(2);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "send 0.1, 0: 200, send 1.1");
  rig.gone(1);
  CHECK(rig.did() == "cancel 1.1, 1: cancelled, send 2.1");
}

TEST_CASE("a rejection that ends a hedging whose other attempt waits as well forgets neither") {
  Rig rig({HedgingConfig{.most = 1, .delay = 0ms}, breaker_of("pybreaker,fail_max=1")});
  rig.begin(0);  // one is out, one waits
  rig.begin(1);  // both wait
  rig.begin(2);  // both wait
  CHECK(rig.did() == "send 0.1");
  rig.reply("0.1", 503);  // trips: everybody who waits is rejected, which ends each hedging
  CHECK(rig.did() == "0: CircuitBreakerError, 1: CircuitBreakerError, 2: CircuitBreakerError");
  CHECK(rig.breaker().permits() == 0);
}

TEST_CASE("a breaker that acts on a timer is ticked, and lets go then") {
  Rig rig({breaker_of("opossum,timeout=false,resetTimeout=100ms,errorThresholdPercentage=50")});
  rig.begin(0);
  rig.reply("0.1", 503);
  CHECK(rig.breaker().state() == State::open);
  CHECK(rig.next_due() == at_ms(100));
  rig.to(100);
  CHECK(rig.breaker().state() == State::half_open);
  rig.begin(1);
  CHECK(rig.did() == "send 0.1, 0: 503, send 1.1");
}

TEST_CASE("two breakers around each other each hear of what is theirs") {
  Rig rig({breaker_of("classic,FailureThreshold=2"), breaker_of("classic,FailureThreshold=1")});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.begin(1);  // the inner one rejects, which the outer one ignores
  CHECK(rig.did() == "send 0.1, 0: 503, 1: ErrCircuitOpen");
  CHECK(rig.breaker().heard() == "failure, ignored");
  CHECK(rig.breaker().state() == State::closed);
}

TEST_CASE("what a breaker counts is what its rules say of each kind of ending") {
  auto config = breaker_of("classic,FailureThreshold=1");
  config.rules =
      EndingRules(
          OutcomeRules().with(*parse_outcome_changes("503=success,reset=ignored,timeout=success")))
          .with_full_failing();
  Rig rig({config, TimeoutConfig{10ms}, BulkheadConfig{.places = 1}});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.begin(0);
  rig.reply("0.1", {.end = {CallEnd::Kind::reset, 0}});
  rig.begin(0);
  rig.to(10);
  CHECK(rig.breaker().heard() == "success, ignored, success");
  rig.begin(0);
  rig.begin(1);
  CHECK(rig.breaker().heard() == "failure");
  CHECK(rig.breaker().state() == State::open);
}

TEST_CASE("a breaker that never hears of calls given up hears of all others") {
  Rig rig({client::with_cancelled(classic(), breaker::OnCancel::nothing), TimeoutConfig{100ms}});
  rig.begin(0);
  rig.begin(1);
  rig.gone(0);
  CHECK(rig.breaker().heard() == "nothing");
  rig.to(100);
  CHECK(rig.breaker().heard() == "failure");
  CHECK(rig.breaker().state() == breaker::State::open);
}

TEST_CASE("a breaker that judges by the head hears it when it comes, and nothing after it") {
  Rig rig({by_head()});
  CHECK(rig.client().heeds_progress());
  rig.begin(0);
  rig.answering("0.1", 200);
  CHECK(rig.breaker().heard() == "success");
  CHECK(rig.breaker().permits() == 0);
  rig.reply("0.1", cut);
  CHECK(rig.breaker().heard().empty());
  CHECK(rig.did() == "send 0.1, 0: a closed connection");
  rig.begin(1);
  rig.answering("1.1", 503);
  CHECK(rig.breaker().heard() == "failure");
  CHECK(rig.breaker().state() == State::open);
  rig.gone(1);
  CHECK(rig.breaker().heard().empty());
}

TEST_CASE("a breaker that judges by the end takes an answer that is cut for a failure") {
  Rig rig({classic()});
  CHECK_FALSE(rig.client().heeds_progress());
  rig.begin(0);
  rig.answering("0.1", 200);
  rig.reply("0.1", cut);
  CHECK(rig.breaker().heard() == "failure");
}

TEST_CASE("a breaker that judges by the head finds it in the end of a call if nobody told it") {
  Rig rig({by_head()});
  rig.begin(0);
  rig.reply("0.1", cut);
  CHECK(rig.breaker().heard() == "success");
  rig.begin(1);
  rig.reply("1.1", 200);
  CHECK(rig.breaker().heard() == "success");
  rig.begin(2);
  rig.reply("2.1", {.end = {CallEnd::Kind::closed, 0}});
  CHECK(rig.breaker().heard() == "failure");
}

TEST_CASE("a breaker around a retry judges by the head of the answer that the retry leaves") {
  Rig rig({by_head(), retry(1)});
  rig.begin(0);
  rig.answering("0.1", 503);
  rig.reply("0.1", 503);
  CHECK(rig.breaker().heard().empty());
  rig.to(100);
  rig.answering("0.2", 200);
  CHECK(rig.breaker().heard().empty());
  rig.reply("0.2", cut);
  CHECK(rig.breaker().heard() == "success");
  CHECK(rig.breaker().state() == State::closed);
}
