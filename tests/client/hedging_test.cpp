// A call that is sent several times at once.

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {
HedgingConfig hedging(std::uint32_t most, Duration delay) { return {.most = most, .delay = delay}; }
EndingRules open_fails() { return EndingRules().with_open_failing(); }
}  // namespace

TEST_CASE("a hedging sends again after each delay, and gives up the losers in their order") {
  Rig rig({hedging(2, 100ms)});
  rig.begin(0);
  rig.to(99);
  CHECK(rig.did() == "send 0.1");
  rig.to(100);
  CHECK(rig.did() == "send 0.2");
  rig.to(200);
  CHECK(rig.did() == "send 0.3");
  rig.to(1000);
  CHECK(rig.did() == "");
  rig.reply("0.2", 200);
  CHECK(rig.did() == "cancel 0.1, cancel 0.3, 0: 200");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a call that is answered within the delay is sent once") {
  Rig rig({hedging(2, 100ms)});
  rig.begin(0);
  rig.to(50);
  rig.reply("0.1", 200);
  rig.to(1000);
  CHECK(rig.did() == "send 0.1, 0: 200");
}

TEST_CASE("a delay of zero sends all at once") {
  Rig rig({hedging(3, 0ms)});
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3, send 0.4");
  rig.reply("0.2", 503);
  rig.reply("0.4", 503);
  CHECK(rig.did() == "");
  rig.reply("0.3", 200);
  CHECK(rig.did() == "cancel 0.1, 0: 200");
}

TEST_CASE("an attempt that fails is followed at once, and the delay begins anew") {
  Rig rig({hedging(3, 100ms)});
  rig.begin(0);
  rig.to(60);
  rig.reply("0.1", 503);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.to(159);
  CHECK(rig.did() == "");
  rig.to(160);
  CHECK(rig.did() == "send 0.3");
  rig.reply("0.2", 503);  // an older one: it is followed as well
  CHECK(rig.did() == "send 0.4");
  rig.reply("0.3", 503);
  rig.reply("0.4", 200);
  CHECK(rig.did() == "0: 200");
}

TEST_CASE("when all have failed the answer is the first one's, whichever failed first") {
  Rig rig({hedging(2, 0ms)});
  rig.begin(0);
  (void)rig.did();
  rig.reply("0.3", 502);
  rig.reply("0.1", 500);
  CHECK(rig.did() == "");
  rig.reply("0.2", 501);
  CHECK(rig.did() == "0: 500");
}

TEST_CASE(
    "an attempt that fails while it is let in is followed at once by as many as there may be") {
  Rig rig({HedgingConfig{.most = 4, .delay = 100ms, .rules = open_fails()}, classic()});
  rig.begin(0);
  rig.reply("0.1", 503);  // the breaker opens, and rejects the others
  CHECK(rig.did() == "send 0.1, 0: 503");
  rig.begin(1);
  CHECK(rig.did() == "1: ErrCircuitOpen");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a rejection that is no failure to the hedging is the answer") {
  Rig rig({hedging(4, 100ms), classic()});
  rig.begin(0);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.reply("0.1", 503);
  CHECK(rig.did() == "cancel 0.2, 0: ErrCircuitOpen");
}

TEST_CASE("a million attempts that are rejected at once need no stack") {
  Rig rig({HedgingConfig{.most = 1'000'000, .delay = 0ms, .rules = open_fails()},
           BulkheadConfig{.places = 1}, classic()});
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: full");
  Rig open({HedgingConfig{.most = 1'000'000, .delay = 1ms, .rules = open_fails()}, classic()});
  open.begin(0);
  open.reply("0.1", 503);
  CHECK(open.did() == "send 0.1, 0: 503");
}

TEST_CASE("a caller that goes away has all attempts given up, oldest first") {
  Rig rig({hedging(2, 0ms)});
  rig.begin(0);
  rig.gone(0);
  CHECK(rig.did() ==
        "send 0.1, send 0.2, send 0.3, cancel 0.1, cancel 0.2, cancel 0.3, 0: cancelled");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a caller that goes away between two attempts does not get the next") {
  Rig rig({hedging(2, 100ms)});
  rig.begin(0);
  rig.to(50);
  rig.gone(0);
  rig.to(1000);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: cancelled");
}

TEST_CASE("a timeout around a hedging gives up all attempts, and one inside is a failure of one") {
  Rig outer({TimeoutConfig{150ms}, hedging(2, 100ms)});
  outer.begin(0);
  outer.to(1000);
  CHECK(outer.did() == "send 0.1, send 0.2, cancel 0.1, cancel 0.2, 0: timed out");

  Rig inner({hedging(1, 100ms), TimeoutConfig{150ms}});
  inner.begin(0);
  inner.to(1000);
  CHECK(inner.did() == "send 0.1, send 0.2, cancel 0.1, cancel 0.2, 0: timed out");
}

TEST_CASE("losers are cancellations to a breaker inside, and each gives its permit back") {
  Rig rig({hedging(2, 0ms), BreakerConfig{.choice = choice("classic,FailureThreshold=1")}});
  rig.begin(0);
  rig.reply("0.2", 200);
  CHECK(rig.breaker().heard() == "success, ignored, ignored");
  CHECK(rig.breaker().permits() == 0);
}

TEST_CASE("each attempt has its own retries inside of a hedging") {
  Rig rig({hedging(1, 0ms), RetryConfig{.most = 1, .backoff = {.delay = 10ms}}});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(10);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3");
  rig.reply("0.3", 503);
  rig.reply("0.2", 503);
  CHECK(rig.did() == "");
  rig.to(20);
  rig.reply("0.4", 200);
  CHECK(rig.did() == "send 0.4, 0: 200");
}

TEST_CASE("hedging within hedging: the answer to one ends them all, in order") {
  Rig rig({hedging(1, 0ms), hedging(1, 0ms)});
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3, send 0.4");
  rig.reply("0.3", 200);
  CHECK(rig.did() == "cancel 0.4, cancel 0.1, cancel 0.2, 0: 200");
}

TEST_CASE("a hedging whose attempt is answered as it goes in lets no more in") {
  Rig rig({HedgingConfig{.most = 1, .delay = 0ms}, HedgingConfig{.most = 3, .delay = 0ms},
           BulkheadConfig{.places = 2, .queue = 1}});
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, send 0.2, cancel 0.1, send 0.3, cancel 0.2, cancel 0.3, 0: full");
  CHECK(rig.next_due() == never);
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, send 0.2, cancel 0.1, send 0.3, cancel 0.2, cancel 0.3, 0: full");
}

TEST_CASE("a hedging that does not hurry waits for its delay, and may answer with the last end") {
  Rig rig({HedgingConfig{.most = 1, .delay = 100ms, .hurries = false, .answers_first = false}});
  rig.begin(0);
  rig.to(20);
  rig.reply("0.1", 503);
  CHECK(rig.did() == "send 0.1");
  rig.to(100);
  rig.reply("0.2", 500);
  CHECK(rig.did() == "send 0.2, 0: 500");
}

namespace {

HedgingConfig after_median(Duration otherwise) {
  return {.most = 1, .delay = otherwise, .quantile = 0.5};
}

// Calls of which each first attempt takes that long, one after the other.
void first_attempts(Rig& rig, int calls, int from_ms, int each_ms) {
  for (int i = 0; i < calls; ++i) {
    rig.begin(0);
    rig.to(from_ms + (i + 1) * each_ms);
    rig.reply("0.1", 200);
  }
}

}  // namespace

TEST_CASE("a delay by percentile is the fixed one until 20 first attempts are known") {
  Rig rig({after_median(500ms)});
  first_attempts(rig, 19, 0, 10);
  CHECK(rig.did().size() > 19);
  rig.begin(0);
  rig.to(190 + 499);
  CHECK(rig.did() == "send 0.1");
  rig.to(190 + 500);
  CHECK(rig.did() == "send 0.2");
  rig.reply("0.2", 200);
  CHECK(rig.did() == "cancel 0.1, 0: 200");
  rig.begin(0);  // 19 of 10 ms and one of 500 ms are known
  rig.to(690 + 9);
  CHECK(rig.did() == "send 0.1");
  rig.to(690 + 11);  // a percentile is up to 0.4 % above
  CHECK(rig.did() == "send 0.2");
}
