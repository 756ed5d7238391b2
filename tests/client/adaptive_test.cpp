// A limit that is found: who may go in while it changes, and what it learns from.

#include "client/registry.hpp"
#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using client::AdaptiveConfig;
using client::AimdConfig;

namespace {

AdaptiveConfig adaptive(const std::string& settings) {
  const auto choice = client::parse_policy_choice("adaptive," + settings);
  return std::get<AdaptiveConfig>(choice->kind().read(choice->settings(), {}).value());
}

// One that doubles no more, and falls to half.
AdaptiveConfig aimd(std::uint32_t initial, const std::string& more = "") {
  return adaptive(fmt::format(
      "limit=aimd,initialLimit={},minLimit=1,maxLimit=100,backoffRatio=0.5,timeout=1s{}", initial,
      more));
}

}  // namespace

TEST_CASE("an adaptive limit lets so many in as it says, and refuses the rest at once") {
  Rig rig({aimd(2)});
  for (std::uint32_t call = 0; call < 3; ++call) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 0.1, send 1.1, 2: full");
  CHECK(rig.limit() == 2);
  rig.reply("0.1", 200);
  CHECK(rig.limit() == 3);
  rig.begin(2);
  rig.begin(3);
  rig.begin(4);
  CHECK(rig.did() == "0: 200, send 2.1, send 3.1, 4: full");
}

TEST_CASE(
    "a limit that has fallen below what is inside lets nobody in until enough have come out") {
  Rig rig({aimd(4)});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  rig.reply("0.1", 503);
  CHECK(rig.limit() == 2);
  rig.begin(0);
  CHECK(rig.did() == "send 0.1, send 1.1, send 2.1, send 3.1, 0: 503, 0: full");
  rig.reply("1.1", 500);  // no sample
  rig.begin(0);
  CHECK(rig.did() == "1: 500, 0: full");
  rig.reply("2.1", 500);
  rig.begin(0);
  CHECK(rig.did() == "2: 500, send 0.1");
}

TEST_CASE("those that wait get the places that are new together with the one that is free") {
  Rig rig({aimd(1, ",queue=5")});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  rig.reply("0.1", 200);
  CHECK(rig.did() == "send 0.1, 0: 200, send 1.1, send 2.1");
  rig.reply("1.1", 503);  // two were inside, and only one may be
  CHECK(rig.limit() == 1);
  CHECK(rig.did() == "1: 503");
  rig.reply("2.1", 500);
  CHECK(rig.did() == "2: 500, send 3.1");
}

TEST_CASE("one that has waited its longest is refused, and one that gives up leaves the queue") {
  Rig rig({aimd(1, ",queue=2,max_wait=50ms")});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 0.1, 3: full");
  rig.gone(1);
  rig.to(50);
  CHECK(rig.did() == "1: cancelled, 2: full");
}

TEST_CASE("a call's time counts from when it has its place, and not from when it came") {
  Rig rig({aimd(4, ",queue=5")});
  for (std::uint32_t call = 0; call < 5; ++call) {
    rig.begin(call);
  }
  rig.to(900);
  rig.reply("0.1", 500);  // gives its place to the one that waits
  rig.to(1900);
  rig.reply("4.1", 200);
  CHECK(rig.limit() == 5);
  rig.reply("1.1", 200);  // it took longer than the second that is allowed
  CHECK(rig.limit() == 2);
}

TEST_CASE("what a caller gives up, errors and an open breaker are no samples") {
  Rig rig({aimd(8), classic()});
  for (std::uint32_t call = 0; call < 5; ++call) {
    rig.begin(call);
  }
  rig.gone(0);
  rig.reply("1.1", 404);
  rig.reply("2.1", 500);  // opens the breaker
  rig.begin(0);
  CHECK(rig.did().ends_with("2: 500, 0: ErrCircuitOpen"));
  CHECK(rig.limit() == 8);
  rig.reply("3.1", 200);  // four were inside when it began: half
  CHECK(rig.limit() == 9);
  rig.reply("4.1", {.end = {CallEnd::Kind::connect_failed, 0}});
  CHECK(rig.limit() == 4);
}

TEST_CASE("a timeout inside of a limit is a drop, and one around it is none") {
  Rig inside({aimd(8), TimeoutConfig{100ms}});
  inside.begin(0);
  inside.to(100);
  CHECK(inside.did() == "send 0.1, cancel 0.1, 0: timed out");
  CHECK(inside.limit() == 4);
  Rig around({TimeoutConfig{100ms}, aimd(8)});
  around.begin(0);
  around.to(100);
  CHECK(around.did() == "send 0.1, cancel 0.1, 0: timed out");
  CHECK(around.limit() == 8);
}

TEST_CASE("what was let go keeps its place, and is a sample when it ends") {
  Rig rig({TimeoutConfig{.after = 100ms, .cancels = false}, aimd(2)});
  rig.begin(0);
  rig.begin(1);
  rig.to(100);
  rig.begin(2);
  CHECK(rig.did() == "send 0.1, send 1.1, 0: timed out, 1: timed out, 2: full");
  rig.to(1500);
  rig.reply("0.1", 200);  // it took longer than a second
  CHECK(rig.limit() == 1);
  rig.begin(0);
  CHECK(rig.did() == "0 over, 0: full");
  rig.reply("1.1", 500);
  rig.begin(0);
  CHECK(rig.did() == "1 over, send 0.1");
}

TEST_CASE("counts say what is a sample to a limit") {
  Rig rig({aimd(4, ",counts=500=failure/503=ignored/404=success")});
  for (std::uint32_t call = 0; call < 4; ++call) {
    rig.begin(call);
  }
  rig.reply("0.1", 503);
  CHECK(rig.limit() == 4);
  rig.reply("1.1", 500);
  CHECK(rig.limit() == 2);
  rig.reply("2.1", 404);
  CHECK(rig.limit() == 3);
}

TEST_CASE(
    "to envoy's limit any answer is a sample, an open breaker's too, but not a caller's end") {
  Rig rig({adaptive("limit=envoy,request_count=2,jitter=0"), classic()});
  rig.begin(0);
  rig.begin(1);
  rig.to(100);
  rig.gone(0);
  rig.reply("1.1", 503);
  rig.begin(0);  // rejected at once: the second sample ends the measurement
  CHECK(rig.did() == "send 0.1, send 1.1, cancel 0.1, 0: cancelled, 1: 503, 0: ErrCircuitOpen");
  rig.begin(0);
  rig.to(200);
  rig.begin(0);
  CHECK(rig.limit() > 3);
}

TEST_CASE("an answer that takes no time is a sample of the shortest time") {
  for (const auto* limit : {"limit=gradient2,minLimit=1", "limit=vegas"}) {
    Rig rig({adaptive(limit)});
    for (int i = 0; i < 20; ++i) {
      for (std::uint32_t call = 0; call < 20; ++call) {
        rig.begin(call);
      }
      for (std::uint32_t call = 0; call < 20; ++call) {
        rig.reply(fmt::format("{}.1", call), 200);
      }
    }
    CHECK(rig.limit() > 20);
  }
}

TEST_CASE("the settings of an adaptive limit read back as they were") {
  const client::Surroundings surroundings;
  for (const auto* text :
       {"adaptive", "adaptive,limit=aimd,timeout=2s,backoffRatio=0.5",
        "adaptive,limit=gradient2,smoothing=0.5,rttTolerance=2,queue=3,max_wait=1s",
        "adaptive,limit=vegas,alpha=4,windowSize=20,counts=500=failure",
        "adaptive,limit=vegas,windowed=true",
        "adaptive,limit=envoy,interval=10s,min_rtt_calc_params.jitter=5,counts=5xx=ignored"}) {
    const auto choice = client::parse_policy_choice(text).value();
    const auto config = choice.kind().read(choice.settings(), surroundings).value();
    const auto back = client::choices_of({config}, surroundings);
    REQUIRE(back.size() == 1);
    CHECK(back.front().kind().read(back.front().settings(), surroundings).value() == config);
  }
}

TEST_CASE("a setting that the limit does not have is refused with the limits that do") {
  const auto refused = [](const std::string& settings) {
    const auto choice = client::parse_policy_choice("adaptive," + settings);
    return choice ? "" : choice.error().message + " | " + choice.error().hint;
  };
  CHECK(refused("limit=aimd,rttTolerance=2") ==
        "rttTolerance: limit=aimd does not have it | it is a setting of limit=gradient2");
  CHECK(refused("limit=envoy,minLimit=2") ==
        "minLimit: limit=envoy does not have it | it is a setting of limit=aimd or "
        "limit=gradient2");
  CHECK(refused("limit=aimd,backoffRatio=1").starts_with("backoffRatio: "));
  CHECK(refused("limit=aimd,windowSize=9").starts_with("windowSize: '9' is out of range"));
  CHECK(refused("windowed=false,windowSize=20").starts_with("windowed: "));
  CHECK(refused("limit=tcp").find("'tcp'") != std::string::npos);
  CHECK(client::contradiction({client::parse_policy_choice("adaptive").value(),
                               client::parse_policy_choice("adaptive,limit=aimd").value()})
            .has_value());
}
