#include "client/registry.hpp"
#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {
namespace {

using namespace std::chrono_literals;
using client::CachedAnswer;
using client::QueuedAnswer;

FallbackConfig cached(const CachedAnswer& answer = {}) { return {.answer = answer}; }
FallbackConfig queued(const QueuedAnswer& answer = {}) { return {.status = 202, .answer = answer}; }

// The kinds as a client has them: a breaker rejection, too, is a failure to the fallback.
FallbackConfig of_rejections(FallbackConfig config) {
  config.rules = config.rules.with_open_failing().with_full_failing();
  return config;
}

// Calls `call`, whose attempt is answered at once.
void call(Rig& rig, std::uint32_t number, int status) {
  rig.begin(number);
  rig.reply(fmt::format("{}.1", number), status);
}

}  // namespace

TEST_CASE("a failed call gets the last good answer, and its age is told") {
  Rig rig({cached()});
  call(rig, 0, 201);
  rig.to(300);
  call(rig, 1, 503);
  CHECK(rig.did() == "send 0.1, 0: 201, send 1.1, 1 stale after 300ms, 1: fallback 201");
  rig.to(400);
  call(rig, 2, 404);  // no failure: an answer like any other
  rig.to(450);
  call(rig, 3, 500);
  CHECK(rig.did() == "send 2.1, 2: 404, send 3.1, 3 stale after 50ms, 3: fallback 404");
}

TEST_CASE("without a good answer before, a failure is handed on") {
  Rig rig({cached()});
  call(rig, 0, 503);
  CHECK(rig.did() == "send 0.1, 0 missed, 0: 503");
}

TEST_CASE("calls that ask for different things do not share an answer") {
  Rig rig({cached({.keys = 2})});  // even and odd calls
  call(rig, 0, 200);
  call(rig, 3, 503);
  CHECK(rig.did() == "send 0.1, 0: 200, send 3.1, 3 missed, 3: 503");
  call(rig, 2, 503);
  CHECK(rig.did() == "send 2.1, 2 stale, 2: fallback 200");
}

TEST_CASE("an answer that is too old is a miss") {
  Rig rig({cached({.max_age = 1s})});
  call(rig, 0, 200);
  rig.to(1000);
  call(rig, 1, 503);
  rig.to(1001);
  call(rig, 2, 503);
  CHECK(rig.did() ==
        "send 0.1, 0: 200, send 1.1, 1 stale after 1000ms, 1: fallback 200, send 2.1, 2 missed, 2: "
        "503");
}

TEST_CASE("a cached answer serves while the breaker is open") {
  Rig rig({of_rejections(cached()), classic()});
  call(rig, 0, 200);
  call(rig, 1, 503);  // opens it
  rig.begin(2);
  CHECK(rig.did() ==
        "send 0.1, 0: 200, send 1.1, 1 stale, 1: fallback 200, 2 stale, 2: fallback 200");
}

TEST_CASE("a failed call is answered at once and made again until it succeeds") {
  Rig rig({queued()});
  call(rig, 0, 503);
  CHECK(rig.did() == "send 0.1, 0: fallback 202");
  CHECK(rig.client().has_let_go(0));
  CHECK_FALSE(rig.client().goes_on(0));
  rig.to(999);
  CHECK(rig.did() == "");
  rig.to(1000);
  CHECK(rig.did() == "send 0.2");
  CHECK(rig.client().goes_on(0));
  rig.reply("0.2", 503);
  CHECK_FALSE(rig.client().goes_on(0));
  rig.to(2000);
  rig.reply("0.3", 200);
  CHECK(rig.did() == "send 0.3, 0 drained after 2000ms, 0 over");
  CHECK_FALSE(rig.client().has_let_go(0));
}

TEST_CASE("the queue keeps its order: what fails stays the head") {
  Rig rig({queued()});
  for (std::uint32_t i = 0; i < 3; ++i) {
    call(rig, i, 503);
  }
  (void)rig.did();
  rig.to(1000);
  rig.reply("0.2", 500);
  rig.to(2000);
  CHECK(rig.did() == "send 0.2, send 0.3");
  rig.reply("0.3", 200);  // each success lets the next one in at once
  rig.reply("1.2", 200);
  rig.reply("2.2", 500);
  CHECK(rig.did() ==
        "0 drained after 2000ms, 0 over, send 1.2, 1 drained after 2000ms, 1 over, send 2.2");
  call(rig, 3, 503);
  rig.to(3000);
  rig.reply("2.3", 200);
  rig.reply("3.2", 200);
  CHECK(rig.did() ==
        "send 3.1, 3: fallback 202, send 2.3, 2 drained after 3000ms, 2 over, send 3.2, 3 drained "
        "after 1000ms, 3 over");
  CHECK(rig.next_due() == never);
}

TEST_CASE("several are drained at once after a success, and one is tried after a failure") {
  Rig rig({queued({.drain = 3})});
  for (std::uint32_t i = 0; i < 6; ++i) {
    call(rig, i, 503);
  }
  (void)rig.did();
  rig.to(1000);
  CHECK(rig.did() == "send 0.2");
  rig.reply("0.2", 200);
  CHECK(rig.did() == "0 drained after 1000ms, 0 over, send 1.2, send 2.2, send 3.2");
  rig.reply("3.2", 200);
  rig.reply("1.2", 503);  // goes back to its place, before those behind it
  rig.reply("4.2", 503);
  rig.to(1500);
  rig.reply("2.2", 503);
  CHECK(rig.did() == "3 drained after 1000ms, 3 over, send 4.2");
  rig.to(2499);
  CHECK(rig.did() == "");
  rig.to(2500);
  CHECK(rig.did() == "send 1.3");
  rig.reply("1.3", 200);
  CHECK(rig.did() == "1 drained after 2500ms, 1 over, send 2.3, send 4.3, send 5.2");
}

TEST_CASE("a queue is drained no faster than at its rate") {
  Rig rig({queued({.drain = 10, .drain_rate = 10})});
  for (std::uint32_t i = 0; i < 3; ++i) {
    call(rig, i, 503);
  }
  (void)rig.did();
  rig.to(1000);
  rig.reply("0.2", 200);
  CHECK(rig.did() == "send 0.2, 0 drained after 1000ms, 0 over");
  rig.to(1099);
  CHECK(rig.did() == "");
  rig.to(1100);
  CHECK(rig.did() == "send 1.2");
  rig.to(1200);
  CHECK(rig.did() == "send 2.2");
}

TEST_CASE("a full queue hands the failure on") {
  Rig rig({queued({.places = 2})});
  for (std::uint32_t i = 0; i < 3; ++i) {
    call(rig, i, static_cast<int>(500 + i));
  }
  CHECK(rig.did() ==
        "send 0.1, 0: fallback 202, send 1.1, 1: fallback 202, send 2.1, 2 queue full, 2: 502");
  rig.to(1000);
  rig.reply("0.2", 200);  // a place is free again
  call(rig, 3, 503);
  CHECK(rig.did() ==
        "send 0.2, 0 drained after 1000ms, 0 over, send 1.2, send 3.1, 3: fallback 202");
}

TEST_CASE("a full queue drops its oldest, and says so") {
  Rig rig({queued({.places = 2, .full = QueuedAnswer::Full::drop_oldest})});
  call(rig, 0, 503);
  rig.to(100);
  call(rig, 1, 503);
  call(rig, 2, 503);
  CHECK(rig.did() ==
        "send 0.1, 0: fallback 202, send 1.1, 1: fallback 202, send 2.1, 0 lost after 100ms, 0 "
        "over, 2: fallback 202");
  rig.to(1000);
  CHECK(rig.did() == "send 1.2");  // the time to wait was that of the queue
  call(rig, 3, 503);               // of those that wait; call 1 is under way
  CHECK(rig.did() == "send 3.1, 2 lost after 900ms, 2 over, 3: fallback 202");
}

TEST_CASE("a full queue of calls that are all under way has nothing to drop") {
  Rig rig({queued({.places = 1, .full = QueuedAnswer::Full::drop_oldest})});
  call(rig, 0, 503);
  rig.to(1000);
  call(rig, 1, 503);
  CHECK(rig.did() == "send 0.1, 0: fallback 202, send 0.2, send 1.1, 1 queue full, 1: 503");
}

TEST_CASE("an open breaker holds the queue back, and its trial is the head") {
  auto breaker = BreakerConfig{.choice = choice("classic,FailureThreshold=1,Timeout=1500ms")};
  Rig rig({of_rejections(queued()), breaker});
  call(rig, 0, 503);
  rig.begin(1);
  CHECK(rig.did() == "send 0.1, 0: fallback 202, 1: fallback 202");
  rig.to(1000);
  CHECK(rig.did() == "");  // rejected, and nothing was sent
  rig.to(2000);
  CHECK(rig.did() == "send 0.2");
  rig.reply("0.2", 200);
  CHECK(rig.did() == "0 drained after 2000ms, 0 over, send 1.1");
}

TEST_CASE("only what the breaker rejects is queued with when=open, but failures keep it waiting") {
  auto config = queued();
  config.rules =
      EndingRules(OutcomeRules().with(*parse_outcome_changes("5xx=ignored"))).with_open_failing();
  auto breaker = BreakerConfig{.choice = choice("classic,FailureThreshold=1,Timeout=500ms")};
  Rig rig({config, breaker});
  call(rig, 0, 503);
  rig.begin(1);
  rig.to(1000);
  rig.reply("1.1", 503);
  rig.to(2000);
  rig.reply("1.2", 200);
  CHECK(rig.did() ==
        "send 0.1, 0: 503, 1: fallback 202, send 1.1, send 1.2, 1 drained after 2000ms, 1 over");
}

TEST_CASE("while what was queued before is being drained, another failure does not hold it up") {
  Rig rig({queued({.drain = 2})});
  call(rig, 0, 503);
  call(rig, 1, 503);
  rig.to(1000);
  rig.reply("0.2", 200);
  CHECK(rig.did().ends_with("send 0.2, 0 drained after 1000ms, 0 over, send 1.2"));
  call(rig, 2, 503);
  rig.to(1999);
  CHECK(rig.did() == "send 2.1, 2: fallback 202");
  rig.to(2000);
  CHECK(rig.did() == "send 2.2");  // beside 1.2
}

TEST_CASE("a queue of very many calls that succeed as soon as they go in needs no stack") {
  constexpr std::uint32_t calls = 100'000;
  Rig rig({of_rejections(queued({.places = calls})), of_rejections(cached()),
           BulkheadConfig{.places = 1}});
  rig.begin(calls);
  for (std::uint32_t i = 0; i < calls; ++i) {
    rig.begin(i);  // full, and there is no answer in the cache
  }
  rig.reply(fmt::format("{}.1", calls), 200);  // now there is
  rig.begin(calls);
  (void)rig.did();
  rig.to(1000);
  CHECK(rig.did().ends_with("99999 stale after 1000ms, 99999 drained after 1000ms, 99999 over"));
}

TEST_CASE("a fallback for rejections by the breaker leaves a full bulkhead alone") {
  const auto only_open = client::policies_of({*client::parse_policy_choice("fallback,when=open")},
                                             {.breaker = classic()});
  Rig rig({only_open.front(), BulkheadConfig{.places = 1}, classic()});
  rig.begin(0);
  rig.begin(1);
  rig.reply("0.1", 503);
  rig.begin(2);
  CHECK(rig.did() == "send 0.1, 1: full, 0: 503, 2: fallback 200");
}

TEST_CASE("a call that its caller gives up is not queued, even where that is a failure") {
  auto config = of_rejections(queued());
  config.rules = config.rules.with_cancelled(Outcome::failure);
  Rig rig({config});
  rig.begin(0);
  rig.gone(0);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: cancelled");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a timeout inside is given each attempt of a queued call") {
  Rig rig({queued(), TimeoutConfig{.after = 200ms}});
  rig.begin(0);
  rig.to(1200);
  rig.to(1400);
  CHECK(rig.did() == "send 0.1, cancel 0.1, 0: fallback 202, send 0.2, cancel 0.2");
  rig.to(2400);
  rig.reply("0.3", 200);
  CHECK(rig.did() == "send 0.3, 0 drained after 2200ms, 0 over");
}

TEST_CASE("a fallback that fits its answer takes its settings, and no others") {
  const auto message = [](const char* text) {
    const auto choice = client::parse_policy_choice(text);
    return choice ? std::string("taken") : choice.error().message;
  };
  CHECK(message("fallback,answer=cached,keys=100,max_age=30s,entries=10") == "taken");
  CHECK(message("fallback,answer=queued,places=5,full=drop_oldest,retry_every=2s,drain=4,"
                "drain_rate=50/s,status=200,when=open,counts=429=failure") == "taken");
  CHECK_THAT(message("fallback,keys=3"), ContainsSubstring("without answer=cached"));
  CHECK_THAT(message("fallback,answer=cached,drain=3"), ContainsSubstring("without answer=queued"));
  CHECK_THAT(message("fallback,answer=cached,status=200"), ContainsSubstring("'status'"));
  CHECK_THAT(message("fallback,when=open,counts=429=failure"), ContainsSubstring("'counts'"));
  CHECK_THAT(message("fallback,answer=queued,drain_rate=50"), ContainsSubstring("50"));
  CHECK_THAT(message("fallback,answer=queued,retry_every=0s"), ContainsSubstring("retry_every"));
  CHECK_THAT(message("fallback,answer=queued,places=0"), ContainsSubstring("places"));
  CHECK_THAT(message("fallback,answer=queue"), ContainsSubstring("answer"));
}

TEST_CASE("a fallback as a value is what its text says") {
  for (const auto* text :
       {"fallback,status=203", "fallback,answer=cached,keys=100,max_age=30s,entries=10",
        "fallback,answer=queued,places=5,full=drop_oldest,retry_every=2s,drain=4,drain_rate=50/s",
        "fallback,answer=queued,when=open,counts=429=failure", "fallback,when=open"}) {
    INFO(text);
    const client::Surroundings surroundings{.breaker = classic()};
    const auto policies = client::policies_of({*client::parse_policy_choice(text)}, surroundings);
    const auto again =
        client::policies_of(client::choices_of(policies, surroundings), surroundings);
    CHECK(again == policies);
  }
}

}  // namespace tripcurve::testing
