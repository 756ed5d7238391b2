// What policies keep of one instance's calls is nothing to another instance.

#include "client/registry.hpp"
#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {
namespace {

using namespace std::chrono_literals;

// Even calls are those of one instance, odd ones of the other.
Rig two_instances(const client::PolicyConfig& policy) {
  return Rig({policy}, 0.5, {.count = 2, .of = [](std::uint32_t call) { return call % 2; }});
}

// A single one, which has this number in the run.
Rig instance(std::uint32_t number, const client::PolicyConfig& policy) {
  return Rig({policy}, 0.5, {.number = [number](std::uint32_t) { return number; }});
}

client::PolicyConfig policy(const std::string& text) {
  const auto choice = client::parse_policy_choice(text).value();
  return choice.kind().read(choice.settings(), {}).value();
}

void fail(Rig& rig, std::uint32_t call) {
  rig.begin(call);
  rig.reply(fmt::format("{}.1", call), 503);
}

// The limits that 300 calls make one after the other, each of which takes another time.
std::vector<std::uint32_t> limits(Rig& rig, std::uint32_t call) {
  std::vector<std::uint32_t> found;
  for (int i = 0, now = 0; i < 300; ++i) {
    rig.begin(call);
    now += 10 + i * 7 % 19;
    rig.to(now);
    rig.reply(fmt::format("{}.1", call), 200);
    found.push_back(rig.limit());
  }
  return found;
}

}  // namespace

TEST_CASE("each instance has the places of a bulkhead, and its queue, for itself") {
  auto rig = two_instances(BulkheadConfig{.places = 1, .queue = 1, .max_wait = 100ms});
  for (std::uint32_t call : {0U, 2U, 4U, 1U, 3U}) {
    rig.begin(call);
  }
  CHECK(rig.did() == "send 0.1, 4: full, send 1.1");
  rig.gone(2);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "2: cancelled, 0: 200");  // call 3 waits for the other instance's place
  rig.to(100);
  CHECK(rig.did() == "3: full");
}

TEST_CASE("each instance has a retry budget of its own") {
  auto rig = two_instances(policy("retry,delay=0ms,budget=bucket,budget_tokens=1,budget_ratio=0%"));
  for (std::uint32_t call : {0U, 2U, 1U}) {
    fail(rig, call);
  }
  CHECK(rig.did() == "send 0.1, send 0.2, send 2.1, 2: 503, send 1.1, send 1.2");
}

TEST_CASE("a share of the calls under way is one of the instance's calls") {
  auto rig =
      two_instances(policy("retry,delay=1s,budget=active,budget_min_active=0,budget_ratio=50%"));
  rig.begin(0);
  rig.begin(2);
  for (std::uint32_t call : {1U, 3U, 5U, 7U}) {
    rig.begin(call);
  }
  rig.reply("0.1", 503);
  (void)rig.did();
  rig.reply("2.1", 503);  // one of two is being tried again
  CHECK(rig.did() == "2: 503");
  rig.reply("1.1", 503);
  rig.reply("3.1", 503);
  CHECK(rig.did() == "");
}

TEST_CASE("an instance knows nothing of the answers in another's cache") {
  auto rig = two_instances(FallbackConfig{.answer = client::CachedAnswer{}});
  rig.begin(0);
  rig.reply("0.1", 200);
  fail(rig, 1);
  fail(rig, 2);
  CHECK(rig.did() ==
        "send 0.1, 0: 200, send 1.1, 1 missed, 1: 503, send 2.1, 2 stale, 2: fallback 200");
}

TEST_CASE("a queue is full of its own instance's calls, and drained by their successes") {
  auto rig =
      two_instances(FallbackConfig{.status = 202, .answer = client::QueuedAnswer{.places = 2}});
  for (std::uint32_t call : {0U, 2U, 4U, 1U, 3U}) {
    fail(rig, call);
  }
  CHECK(
      rig.did() ==
      "send 0.1, 0: fallback 202, send 2.1, 2: fallback 202, send 4.1, 4 queue full, 4: 503, send "
      "1.1, 1: fallback 202, send 3.1, 3: fallback 202");
  rig.to(1000);
  rig.reply("0.2", 200);
  rig.reply("1.2", 503);
  CHECK(rig.did() == "send 0.2, send 1.2, 0 drained after 1000ms, 0 over, send 2.2");
}

TEST_CASE("each instance finds a limit of its own, and the sum of them is told") {
  auto rig = two_instances(
      policy("adaptive,limit=aimd,initialLimit=4,minLimit=1,maxLimit=9,backoffRatio=0.5"));
  for (std::uint32_t call : {0U, 2U, 4U, 6U, 8U}) {
    rig.begin(call);
    CHECK(rig.limit() == 8);
  }
  CHECK(rig.did() == "send 0.1, send 2.1, send 4.1, send 6.1, 8: full");
  rig.reply("0.1", 503);
  CHECK(rig.limit() == 6);
  rig.begin(8);
  for (std::uint32_t call : {1U, 3U, 5U, 7U, 9U}) {
    rig.begin(call);
  }
  CHECK(rig.did() == "0: 503, 8: full, send 1.1, send 3.1, send 5.1, send 7.1, 9: full");
  rig.reply("1.1", 200);
  CHECK(rig.limit() == 6);  // it was alone when it began
  rig.reply("7.1", 200);
  CHECK(rig.limit() == 7);
}

TEST_CASE("hedging waits as long as the first attempts of the instance took") {
  auto rig = two_instances(policy("hedging,delay=1s,percentile=50"));
  for (std::uint32_t call = 0; call < 40; call += 2) {
    rig.begin(call);
  }
  rig.to(100);
  for (std::uint32_t call = 0; call < 40; call += 2) {
    rig.reply(fmt::format("{}.1", call), 200);
  }
  (void)rig.did();
  rig.begin(0);
  rig.begin(1);
  rig.to(300);
  CHECK(rig.did() == "send 0.1, send 1.1, send 0.2");
  rig.to(1100);
  CHECK(rig.did() == "send 1.2");
}

TEST_CASE("what is random about a limit is a matter of the instance, wherever its calls are made") {
  // When it measures anew is drawn; meanwhile its limit is 3.
  const auto envoy = policy("adaptive,limit=envoy,interval=500ms,request_count=1,jitter=100");
  auto both = two_instances(envoy);
  auto first = instance(0, envoy);
  auto second = instance(1, envoy);
  auto of_both = limits(both, 1);
  std::ranges::transform(of_both, of_both.begin(), [](std::uint32_t sum) { return sum - 3; });
  const auto of_second = limits(second, 1);
  CHECK(of_both == of_second);
  CHECK(limits(first, 1) != of_second);
}

}  // namespace tripcurve::testing
