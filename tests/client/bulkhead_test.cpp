// So many inside at once, and so many waiting.

#include "client/registry.hpp"
#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {
BulkheadConfig bulkhead(std::uint64_t places, std::uint64_t queue) {
  return {.places = places, .queue = queue};
}
}  // namespace

TEST_CASE("a bulkhead lets so many in, has so many wait, and refuses the rest") {
  Rig rig({bulkhead(2, 1)});
  for (std::uint32_t call = 0; call < 5; ++call) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 0.1, send 1.1, 3: full, 4: full");
  rig.reply("1.1", 200);
  CHECK(rig.did() == "1: 200, send 2.1");
  rig.begin(1);
  rig.begin(4);
  CHECK(rig.did() == "4: full");
}

TEST_CASE("those that wait go in as they came") {
  Rig rig({bulkhead(1, 9)});
  for (std::uint32_t call : {5U, 3U, 8U, 1U}) {
    rig.begin(call);
  }
  for (const auto* attempt : {"5.1", "3.1", "8.1", "1.1"}) {
    rig.reply(attempt, 200);
  }
  CHECK(rig.did() == "send 5.1, 5: 200, send 3.1, 3: 200, send 8.1, 8: 200, send 1.1, 1: 200");
}

TEST_CASE("one that gives up in the queue leaves its place in it to another") {
  Rig rig({bulkhead(1, 2)});
  for (std::uint32_t call = 0; call < 3; ++call) {
    rig.begin(call);
  }
  rig.gone(1);
  CHECK(rig.did() == "send 0.1, 1: cancelled");
  rig.begin(3);
  rig.begin(4);
  CHECK(rig.did() == "4: full");
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0: 200, send 2.1");
  rig.reply("2.1", 200);
  rig.reply("3.1", 200);
  CHECK(rig.did() == "2: 200, send 3.1, 3: 200");
  rig.begin(5);
  CHECK(rig.did() == "send 5.1");
}

TEST_CASE("a queue of which all have gone is empty") {
  Rig rig({bulkhead(1, 2)});
  rig.begin(0);
  for (int round = 0; round < 3; ++round) {
    rig.begin(1);
    rig.begin(2);
    rig.begin(3);
    rig.gone(2);
    rig.gone(1);
    CHECK(rig.did().ends_with("3: full, 2: cancelled, 1: cancelled"));
  }
  rig.reply("0.1", 200);
  rig.begin(4);
  rig.begin(5);
  CHECK(rig.did() == "0: 200, send 4.1");
}

TEST_CASE("a queue from which very many go away is as quick, and keeps its order") {
  constexpr std::uint32_t calls = 100'000;
  Rig rig({bulkhead(1, calls)});
  for (std::uint32_t call = 0; call < calls; ++call) {
    rig.begin(call);
  }
  for (std::uint32_t call = calls - 1; call > 2; --call) {
    rig.gone(call);
  }
  (void)rig.did();
  rig.begin(calls);
  rig.reply("0.1", 200);
  rig.reply("1.1", 200);
  rig.reply("2.1", 200);
  CHECK(rig.did() == "0: 200, send 1.1, 1: 200, send 2.1, 2: 200, send 100000.1");
}

TEST_CASE("a timeout around a bulkhead ends the wait in its queue") {
  Rig rig({TimeoutConfig{100ms}, bulkhead(1, 1)});
  rig.begin(0);
  rig.to(50);
  rig.reply("0.1", 200);
  rig.begin(1);
  rig.begin(2);
  rig.to(149);
  CHECK(rig.did() == "send 0.1, 0: 200, send 1.1");
  rig.to(150);  // 1 times out first and gives its place to 2, which times out at once
  CHECK(rig.did() == "cancel 1.1, 1: timed out, send 2.1, cancel 2.1, 2: timed out");
  rig.begin(3);
  CHECK(rig.did() == "send 3.1");
}

TEST_CASE("one that has waited its longest is refused, and its place in the queue is free") {
  Rig rig({BulkheadConfig{.places = 1, .queue = 1, .max_wait = 50ms}});
  rig.begin(0);
  rig.begin(1);
  rig.to(49);
  CHECK(rig.did() == "send 0.1");
  rig.to(50);
  CHECK(rig.did() == "1: full");
  rig.begin(2);
  rig.begin(3);
  rig.to(60);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "3: full, 0: 200, send 2.1");
  rig.to(1000);
  CHECK(rig.did() == "");  // who is inside does not wait
}

TEST_CASE("one that has a place and is still to go in may be given up, and hands the place on") {
  // All of call 0 is given up at once: the end of its first attempt gives a place to its third,
  // which is given up before it goes in.
  Rig rig({HedgingConfig{.most = 2, .delay = 0ms}, bulkhead(2, 2)});
  rig.begin(0);
  rig.begin(1);  // waits with one of its attempts
  CHECK(rig.did() == "send 0.1, send 0.2, 1: full");
  rig.gone(0);
  CHECK(rig.did() == "cancel 0.1, cancel 0.2, 0: cancelled");
  rig.begin(2);
  rig.begin(3);
  CHECK(rig.did() == "send 2.1, send 2.2, 3: full");
}

TEST_CASE("a place that is handed on twice in a row goes to the one behind") {
  Rig rig({HedgingConfig{.most = 1, .delay = 0ms}, bulkhead(1, 2)});
  rig.begin(0);  // its second attempt waits
  rig.begin(1);  // its first waits, its second finds the queue full: that is its answer
  CHECK(rig.did() == "send 0.1, 1: full");
  rig.reply("0.1", 200);
  CHECK(rig.did() == "0: 200");
  rig.begin(2);
  CHECK(rig.did() == "send 2.1");
}

TEST_CASE("an attempt that is tried again stands at the end of the queue") {
  Rig rig({RetryConfig{.most = 1, .backoff = {.delay = 0ms}}, bulkhead(1, 2)});
  rig.begin(0);
  rig.begin(1);
  rig.reply("0.1", 503);
  CHECK(rig.did() == "send 0.1, send 1.1");
  rig.reply("1.1", 200);
  CHECK(rig.did() == "1: 200, send 0.2");
}

TEST_CASE(
    "a hundred thousand that wait go in one after the other, each rejected, without a stack") {
  constexpr std::uint32_t calls = 100'000;
  Rig rig({bulkhead(1, calls), classic()});
  for (std::uint32_t call = 0; call < calls; ++call) {
    rig.begin(call);
  }
  rig.reply("0.1", 503);
  const auto did = rig.did();
  CHECK(did.starts_with("send 0.1, 0: 503, 1: ErrCircuitOpen, 2: ErrCircuitOpen, 3: "));
  CHECK(did.ends_with(", 99999: ErrCircuitOpen"));
  rig.begin(0);
  CHECK(rig.did() == "0: ErrCircuitOpen");
}

TEST_CASE("a bulkhead within a bulkhead keeps the order of both") {
  Rig rig({bulkhead(2, 9), bulkhead(1, 9)});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  rig.gone(1);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "send 0.1, 1: cancelled, 0: 200, send 2.1");
  rig.reply("2.1", 200);
  CHECK(rig.did() == "2: 200, send 3.1");
}

TEST_CASE("a full bulkhead is no failure of the upstream to a breaker around it") {
  Rig rig({classic(), bulkhead(1, 0)});
  rig.begin(0);
  rig.begin(1);
  CHECK(rig.did() == "send 0.1, 1: full");
  CHECK(rig.breaker().heard() == "ignored");
  CHECK(rig.breaker().permits() == 1);
}

TEST_CASE("a bulkhead of one, the usual queue of none, and the greatest of all") {
  Rig rig({bulkhead(1, 0)});
  rig.begin(0);
  rig.begin(1);
  CHECK(rig.did() == "send 0.1, 1: full");
  Rig wide({bulkhead(~std::uint64_t{}, ~std::uint64_t{})});
  wide.begin(0);
  wide.begin(1);
  CHECK(wide.did() == "send 0.1, send 1.1");
}

namespace {

// A pool of `core` threads and at most `most`, which lets idle ones go after 20 ms.
Rig pool(std::uint64_t core, std::uint64_t queue, std::uint64_t most) {
  return Rig(
      {BulkheadConfig{.places = core, .queue = queue, .max_places = most, .keep_alive = 20ms}});
}

void begin(Rig& rig, std::uint32_t first, std::uint32_t last) {
  for (auto call = first; call <= last; ++call) {
    rig.begin(call);
  }
}

}  // namespace

TEST_CASE("a pool fills its usual places, then its queue, then the others, and then refuses") {
  auto rig = pool(1, 2, 3);
  begin(rig, 0, 5);
  CHECK(rig.did() == "send 0.1, send 3.1, send 4.1, 5: full");  // 1 and 2 wait, overtaken
  rig.reply("3.1", 200);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "3: 200, send 1.1, 0: 200, send 2.1");
}

TEST_CASE("a pool without a queue is full when all of its places are taken") {
  auto rig = pool(1, 0, 2);
  begin(rig, 0, 2);
  CHECK(rig.did() == "send 0.1, send 1.1, 2: full");
}

TEST_CASE("a place of a pool that nobody takes in time is there no more until the queue is full") {
  auto rig = pool(1, 1, 2);
  begin(rig, 0, 2);
  rig.reply("2.1", 200);
  rig.reply("1.1", 200);
  CHECK(rig.did() == "send 0.1, send 2.1, 2: 200, send 1.1, 1: 200");
  rig.to(19);
  rig.begin(3);  // takes the place that is free
  rig.reply("3.1", 200);
  rig.to(39);
  rig.begin(4);  // waits: the place has gone
  CHECK(rig.did() == "send 3.1, 3: 200");
  rig.begin(5);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "send 5.1, 0: 200, send 4.1");
}

TEST_CASE("of a pool's free places, the next call takes the one that has been free for longest") {
  auto rig = pool(1, 1, 3);
  begin(rig, 0, 3);  // 0, 2 and 3 are inside
  rig.gone(1);
  rig.reply("2.1", 200);
  rig.to(10);
  rig.reply("3.1", 200);
  rig.begin(2);  // the place that has been free since 0 ms
  (void)rig.did();
  rig.to(25);
  begin(rig, 3, 4);  // the other one, and the queue
  CHECK(rig.did() == "send 3.1");
}

TEST_CASE("a pool keeps its usual places, however long nobody has them") {
  auto rig = pool(2, 1, 3);
  begin(rig, 0, 3);
  for (const auto* attempt : {"0.1", "1.1", "2.1", "3.1"}) {
    rig.reply(attempt, 200);
  }
  (void)rig.did();
  rig.to(1000);
  begin(rig, 0, 2);
  CHECK(rig.did() == "send 0.1, send 1.1");
}

TEST_CASE("a pool's settings are read back as they were, and none that means nothing") {
  const client::Surroundings surroundings{.breaker = classic()};
  const auto text = "bulkhead,places=2,queue=3,max_places=4,keep_alive=1s";
  const auto policies = client::policies_of({*client::parse_policy_choice(text)}, surroundings);
  CHECK(std::get<BulkheadConfig>(policies.front()) ==
        BulkheadConfig{.places = 2, .queue = 3, .max_places = 4, .keep_alive = 1s});
  CHECK(client::policies_of(client::choices_of(policies, surroundings), surroundings) == policies);
  const auto message = [](const char* given) {
    return client::parse_policy_choice(given).error().message;
  };
  CHECK(message("bulkhead,keep_alive=1s") ==
        "keep_alive: 'keep_alive' has no effect without max_places");
  CHECK(message("bulkhead,max_places=9") == "max_places: 9 is less than 'places', which is 10");
}
