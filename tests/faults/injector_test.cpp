#include "faults/injector.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;

namespace {

Plan of_latency(std::string_view latency) {
  return {{.normal = {parse_latency(latency).value(), {}}},
          {parse_phase("all 10m").value()},
          Random(7)};
}

Plan plan(std::string_view normal_limit, const std::vector<std::string>& phases) {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {parse_latency("20ms").value(), {}},
           .limit = parse_rate_limit(normal_limit).value()},
          specs,
          Random(7)};
}

// An upstream, its callers, and a breaker that rejects some of them.
struct Scene {
  explicit Scene(Plan the_plan) : plan(std::move(the_plan)), injector(plan) {}

  bool served(TimePoint now) {
    return injector.treat({.ordinal = next++}, now).item == Treatment::served;
  }
  bool good(TimePoint now) {
    return injector.would_succeed({.ordinal = next++}, now, patience, rules);
  }
  // How many of the calls that come every `gap` in [from, to) were rejected and would have gone
  // well, when the breaker lets every `let_out`-th through; 0: none.
  int rejected_good(TimePoint from, TimePoint to, Duration gap, int let_out = 0) {
    int count = 0;
    int call = 0;
    for (auto now = from; now < to; now += gap, ++call) {
      if (let_out > 0 && call % let_out == 0) {
        arrived_and_served += served(now) ? 1 : 0;
      } else {
        count += good(now) ? 1 : 0;
      }
    }
    return count;
  }

  Plan plan;
  Injector injector;
  Patience patience{.timeout = 1s};
  OutcomeRules rules = OutcomeRules().with(*parse_failure_statuses("429,5xx"));
  std::uint64_t next = 0;
  int arrived_and_served = 0;
};

}  // namespace

TEST_CASE("of the calls rejected before a limited upstream, as many are good as it would serve") {
  Scene scene(plan("5/s,burst=1", {"all 20s"}));
  CHECK(scene.rejected_good(at(0s), at(20s), 10ms) == 100);
}

TEST_CASE("a call that arrives takes its part of what the rejected ones could have had") {
  Scene scene(plan("10/s,burst=1", {"all 10s"}));
  // 100/s of calls, of which every third arrives. Had all been sent, every tenth had been served:
  // 100 in all, of which 34 are among those that arrived.
  CHECK(scene.rejected_good(at(0s), at(10s), 10ms, 3) == 66);
  CHECK(scene.arrived_and_served == 84);  // alone they get more: one every 120 ms
  Scene all_arrive(plan("10/s,burst=1", {"all 10s"}));
  CHECK(all_arrive.rejected_good(at(0s), at(10s), 10ms, 1) == 0);
}

TEST_CASE("a rejected call takes nothing from those that arrive") {
  Scene scene(plan("1/h,burst=3", {"all 10s"}));
  CHECK(scene.rejected_good(at(0s), at(1s), 10ms) == 3);
  CHECK(scene.served(at(1s)));
  CHECK(scene.served(at(1s)));
  CHECK(scene.served(at(1s)));
  CHECK_FALSE(scene.served(at(1s)));
}

TEST_CASE("what arrived before has used up the burst for the rejected, too") {
  Scene scene(plan("1/h,burst=3", {"all 10s"}));
  CHECK(scene.served(at(0s)));
  CHECK(scene.served(at(0s)));
  CHECK(scene.good(at(1s)));
  CHECK_FALSE(scene.good(at(1s)));
}

TEST_CASE("a limit of a phase counts for the calls that are rejected in it") {
  Scene scene(plan("none", {"free 1s", "crowded 10s rate_limit=2/s,burst=1", "free-again 1s"}));
  CHECK(scene.rejected_good(at(0s), at(1s), 10ms) == 100);
  CHECK(scene.rejected_good(at(1s), at(11s), 10ms) == 20);
  CHECK(scene.rejected_good(at(11s), at(12s), 10ms) == 100);
}

TEST_CASE("a limit whose answer is no failure turns nobody's call into a bad one") {
  Scene scene(plan("5/s,burst=1", {"all 10s"}));
  scene.rules = OutcomeRules();  // 429 is none
  CHECK(scene.rejected_good(at(0s), at(10s), 10ms) == 1000);
}

TEST_CASE("without a limit a call would succeed when the plan answers it well and in time") {
  Scene scene(plan("none", {"healthy 1s", "failing 1s errors=503:100%", "cut 1s errors=reset:100%",
                            "slow 1s latency=1s", "hung 1s errors=hang:100%"}));
  CHECK(scene.good(at(500ms)));
  for (const auto when : {1500ms, 2500ms, 3500ms, 4500ms}) {
    CHECK_FALSE(scene.good(at(when)));
  }
  scene.patience.timeout = 1001ms;
  CHECK(scene.good(at(3500ms)));
  scene.rules = OutcomeRules().with(*parse_failure_statuses("none"));
  CHECK(scene.good(at(1500ms)));
}

TEST_CASE("a call that its port's closing would have cut off would not have succeeded") {
  Scene scene(plan("1/h,burst=1", {"up 1s latency=200ms", "down 1s errors=refuse", "back 1s"}));
  CHECK_FALSE(scene.good(at(1500ms)));  // and takes no token
  CHECK(scene.good(at(799ms)));
  Scene late(plan("none", {"up 1s latency=200ms", "down 1s errors=refuse", "back 1s"}));
  CHECK(late.good(at(800ms - 1ns)));
  CHECK_FALSE(late.good(at(800ms)));
  CHECK(late.good(at(2s)));
}

TEST_CASE("what is injected by hand decides about the calls that are rejected meanwhile") {
  Scene scene(plan("none", {"all 10s"}));
  CHECK(scene.good(at(1s)));
  REQUIRE_FALSE(
      scene.injector.by_hand().set(*parse_phase("any 1s latency=0ms errors=503:100%"), at(1500ms)));
  CHECK_FALSE(scene.good(at(2s)));
  CHECK_FALSE(scene.served(at(2s)));
  REQUIRE_FALSE(scene.injector.by_hand().set(*parse_phase("any 1s latency=2s"), at(2500ms)));
  CHECK_FALSE(scene.good(at(3s)));
  scene.injector.by_hand().clear();
  CHECK(scene.good(at(4s)));

  Scene broken(plan("none", {"outage 10s errors=100%"}));
  CHECK_FALSE(broken.good(at(1s)));
  REQUIRE_FALSE(broken.injector.by_hand().set(*parse_phase("any 1s errors=none"), at(1500ms)));
  CHECK(broken.good(at(2s)));
}

TEST_CASE("a request that arrives is treated as the plan says, by hand or not, and then limited") {
  const auto faults = plan("1/h,burst=1", {"all 10s errors=500:50%"});
  Injector injector(faults);
  int limited = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto planned = faults.decide({.ordinal = i}, at(1s));
    const auto action = injector.treat({.ordinal = i}, at(1s));
    if (planned.item != Treatment::served) {
      CHECK(action.status == planned.status);
      CHECK(action.delay == planned.delay);
    } else if (action.item != Treatment::served) {
      CHECK(action.status == 429);
      ++limited;
    }
  }
  CHECK(limited > 20);
}

TEST_CASE("a rejected call that its client would have given up for a gap was not a good one") {
  const auto good = [](const std::string& shape, std::optional<Duration> gap) {
    Scene scene(plan("none", {"all 10s " + shape}));
    scene.patience = {.timeout = 1h, .gap = gap};
    return scene.good(at(1s));
  };
  const std::string in_slices = "body=slice=1B,every=2s";  // of a line: "ok"
  CHECK(good(in_slices, std::nullopt));
  CHECK(good(in_slices, 3s));
  CHECK_FALSE(good(in_slices, 2s));
  const std::string ends_late = "errors=slow-close(after=5s):100%";
  CHECK(good(ends_late, 5s));
  CHECK_FALSE(good(ends_late, 4s));
  CHECK(good("latency=1m", 2s));  // before it has begun, there is no gap
}

TEST_CASE("threads that serve and threads whose calls are rejected share the limits") {
  Scene scene(plan("1/h,burst=1000", {"all 10s"}));
  std::atomic<int> good = 0;
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < 1000; ++i) {
          if (t % 2 == 0) {
            const auto action = scene.injector.treat({.ordinal = i}, at(1s));
            served += action.item == Treatment::served ? 1 : 0;
          } else {
            good += scene.injector.would_succeed({.ordinal = i}, at(1s), {1s}, scene.rules) ? 1 : 0;
          }
        }
      });
    }
  }
  CHECK(served == 1000);
  CHECK(good <= 1000);
  CHECK_FALSE(scene.good(at(1s)));
}

TEST_CASE("a latency by what is in flight counts the requests whose answers are still to come") {
  const auto loaded = of_latency("1ms + 10ms*in_flight");
  Injector injector(loaded);
  CHECK(injector.treat({.ordinal = 0}, at(0ms)).delay == 11ms);   // until 11ms
  CHECK(injector.treat({.ordinal = 1}, at(1ms)).delay == 21ms);   // until 22ms
  CHECK(injector.treat({.ordinal = 2}, at(10ms)).delay == 31ms);  // until 41ms
  CHECK(injector.treat({.ordinal = 3}, at(11ms)).delay == 31ms);  // the first is answered
  CHECK(injector.treat({.ordinal = 4}, at(1s)).delay == 11ms);
}

TEST_CASE("what a breaker keeps back would have been in flight only if it had been sent") {
  const auto loaded = of_latency("10ms*in_flight");
  Injector injector(loaded);
  const OutcomeRules rules;
  CHECK(injector.would_succeed({.ordinal = 0}, at(0ms), {15ms}, rules));
  CHECK_FALSE(injector.would_succeed({.ordinal = 1}, at(0ms), {15ms}, rules));
  CHECK(injector.treat({.ordinal = 2}, at(0ms)).delay == 10ms);
}

TEST_CASE("threads that ask at once are each counted in flight") {
  const auto loaded = of_latency("1h + 1ms*in_flight");
  Injector injector(loaded);
  std::vector<Duration> delays(400);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 100; ++i) {
          delays[t * 100 + i] = injector.treat({.ordinal = t * 100 + i}, at(0ms)).delay;
        }
      });
    }
  }
  std::ranges::sort(delays);
  for (std::size_t i = 0; i < delays.size(); ++i) {
    REQUIRE(delays[i] == 1h + 1ms * (i + 1));
  }
}
