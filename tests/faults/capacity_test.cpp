#include "faults/capacity.hpp"

#include <string>
#include <vector>

#include "faults/injector.hpp"
#include "faults/worker_pool.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

Capacity capacity(std::string_view text) { return parse_capacity(text).value(); }

Plan plan_with_capacity(std::string_view normal, const std::vector<std::string>& phases,
                        std::string_view latency = "0ms", std::string_view errors = "none") {
  std::vector<PhaseSpec> specs;
  for (const auto& text : phases) {
    specs.push_back(parse_phase(text).value());
  }
  return {{.normal = {parse_latency(latency).value(), parse_errors(errors).value()},
           .capacity = capacity(normal)},
          specs,
          Random(7)};
}

// What is done to the request with that number.
std::string word(const Plan& plan, const Treatment& action) {
  const auto kind = action.item == Treatment::served ? "" : plan.kinds(action.phase)[action.item];
  return std::to_string(action.delay / 1ms) + "ms" + (kind.empty() ? "" : " " + kind);
}

}  // namespace

TEST_CASE("who finds a free worker is served at once, and who finds none waits for the first") {
  const auto two = plan_with_capacity("workers=2,service=50ms", {"all 1m"});
  Injector injector(two);
  std::vector<std::string> words;
  for (std::uint64_t i = 0; i < 5; ++i) {
    words.push_back(word(two, injector.treat({.ordinal = i}, at(10ms * i))));
  }
  // Free at 50 and 60, so that the third begins at 50 and the fourth at 60, and so on.
  CHECK(words == std::vector<std::string>{"50ms", "50ms", "80ms", "80ms", "110ms"});
}

TEST_CASE("who finds no place to wait is turned away at once, and takes no worker") {
  const auto one = plan_with_capacity("workers=1,service=100ms,queue=1,full=429", {"all 1m"});
  Injector injector(one);
  CHECK(word(one, injector.treat({.ordinal = 0}, at(0ms))) == "100ms");
  CHECK(word(one, injector.treat({.ordinal = 1}, at(10ms))) == "190ms");
  const auto away = injector.treat({.ordinal = 2}, at(20ms));
  CHECK(word(one, away) == "0ms full");
  CHECK(away.status == 429);
  CHECK(word(one, injector.treat({.ordinal = 3}, at(100ms))) ==
        "200ms");  // the queue is free again
}

TEST_CASE("who would wait too long is turned away then, and nobody works for it") {
  const auto one = plan_with_capacity("workers=1,service=100ms,queue=2,shed=60ms", {"all 1m"});
  Injector injector(one);
  CHECK(word(one, injector.treat({.ordinal = 0}, at(0ms))) == "100ms");
  CHECK(word(one, injector.treat({.ordinal = 1}, at(10ms))) == "60ms shed");  // 90 ms to wait
  CHECK(word(one, injector.treat({.ordinal = 2}, at(50ms))) == "150ms");      // 50 ms to wait
  CHECK(word(one, injector.treat({.ordinal = 3}, at(60ms))) == "0ms full");   // both wait still
  CHECK(word(one, injector.treat({.ordinal = 4}, at(80ms))) == "60ms shed");  // the first has gone
}

TEST_CASE("who is taken at the very moment when it would have waited too long is served") {
  const auto one = plan_with_capacity("workers=1,service=100ms,shed=60ms", {"all 1m"});
  Injector injector(one);
  CHECK(word(one, injector.treat({.ordinal = 0}, at(0ms))) == "100ms");
  CHECK(word(one, injector.treat({.ordinal = 1}, at(40ms))) == "160ms");
}

TEST_CASE("where the newest is the next one, it puts off those that wait, and by as much") {
  const auto one = plan_with_capacity("workers=1,service=100ms,order=lifo", {"all 1m"}, "7ms");
  Injector injector(one);
  CHECK(word(one, injector.treat({.ordinal = 0}, at(0ms))) == "107ms");
  const auto first = injector.treat({.ordinal = 1}, at(10ms));
  CHECK(first.delay == 197ms);  // from 100 on, if nobody else comes
  const auto second = injector.treat({.ordinal = 2}, at(20ms));
  CHECK(second.delay == 187ms);                         // from 100 on
  CHECK(injector.postponed(first, at(99ms)) == 208ms);  // from 200 on
  CHECK(injector.postponed(second, at(99ms)) == 108ms);
  // From 100 on the second is worked on, and the third is the next.
  const auto third = injector.treat({.ordinal = 3}, at(100ms));
  CHECK(third.delay == 207ms);
  CHECK(injector.postponed(second, at(207ms)) == 0ms);
  CHECK(injector.postponed(first, at(207ms)) == 200ms);  // from 300 on
  CHECK(injector.postponed(third, at(307ms)) == 0ms);
  CHECK(injector.postponed(first, at(407ms)) == 0ms);
  CHECK(injector.postponed(first, at(408ms)) == 0ms);  // it was due before
  CHECK(injector.postponed(first, at(10s)) == 0ms);
}

TEST_CASE("who comes last to a full queue is turned away, also where the newest is the next one") {
  const auto one = plan_with_capacity("workers=1,service=100ms,queue=1,order=lifo", {"all 1m"});
  Injector injector(one);
  CHECK(word(one, injector.treat({.ordinal = 0}, at(0ms))) == "100ms");
  CHECK(word(one, injector.treat({.ordinal = 1}, at(10ms))) == "190ms");
  CHECK(word(one, injector.treat({.ordinal = 2}, at(20ms))) == "0ms full");
  CHECK(word(one, injector.treat({.ordinal = 3}, at(100ms))) == "200ms");
}

TEST_CASE("who comes to a queue whose order a phase changes waits for those before it") {
  const auto changing = plan_with_capacity(
      "workers=1,service=100ms,order=lifo",
      {"newest 1s", "oldest 1s capacity=workers=1,service=100ms", "newest-again 1s",
       "more 1s capacity=workers=2,service=100ms,order=lifo"});
  Injector injector(changing);
  const auto treated = [&](std::uint64_t ordinal, Duration now) {
    return injector.treat({.ordinal = ordinal}, at(now));
  };
  CHECK(treated(0, 950ms).delay == 100ms);  // until 1050
  const auto older = treated(1, 960ms);
  const auto newer = treated(2, 970ms);
  CHECK(treated(3, 1s).delay == 350ms);  // until 1350, behind both
  CHECK(injector.postponed(newer, at(1s)) == 150ms);
  CHECK(injector.postponed(older, at(1s)) == 250ms);
  CHECK(treated(4, 2s).delay == 100ms);
  const auto waits = treated(5, 2s);
  CHECK(waits.delay == 200ms);
  CHECK(treated(6, 3s).delay == 100ms);
  CHECK(treated(7, 3s).delay == 100ms);
  CHECK(injector.postponed(waits, at(3s)) == 0ms);
}

TEST_CASE("latency comes on top of the wait and the work, and errors take a worker, too") {
  const auto busy = plan_with_capacity("workers=1,service=50ms", {"all 1m"}, "7ms", "500:100%");
  Injector injector(busy);
  CHECK(word(busy, injector.treat({.ordinal = 0}, at(0ms))) == "57ms 500");
  CHECK(word(busy, injector.treat({.ordinal = 1}, at(0ms))) == "107ms 500");
}

TEST_CASE("what a limit turns away comes to no worker") {
  const auto busy =
      plan_with_capacity("workers=1,service=50ms,queue=5", {"all 1m rate_limit=1/h,burst=1"});
  Injector injector(busy);
  CHECK(word(busy, injector.treat({.ordinal = 0}, at(0ms))) == "50ms");
  CHECK(word(busy, injector.treat({.ordinal = 1}, at(0ms))) == "0ms limited");
  CHECK(busy.kinds(0) == std::vector<std::string>{"full", "limited"});
}

TEST_CASE("a phase may change the number of workers, and lift the capacity") {
  const auto changing =
      plan_with_capacity("workers=2,service=50ms",
                         {"normal 1s", "starved 1s capacity=workers=1,service=100ms",
                          "rich 1s capacity=workers=3,service=50ms", "free 1s capacity=none"});
  Injector injector(changing);
  const auto at_time = [&](std::uint64_t ordinal, Duration now) {
    return word(changing, injector.treat({.ordinal = ordinal}, at(now)));
  };
  CHECK(at_time(0, 990ms) == "50ms");
  CHECK(at_time(1, 990ms) == "50ms");
  CHECK(at_time(2, 1s) == "140ms");  // one goes, the other has work until 1040
  CHECK(at_time(3, 1s) == "240ms");  // until 1240
  CHECK(at_time(4, 2s) == "50ms");
  CHECK(at_time(5, 2s) == "50ms");
  CHECK(at_time(6, 2s) == "50ms");
  CHECK(at_time(7, 2s) == "100ms");
  CHECK(at_time(8, 3s) == "0ms");
  const auto& phases = changing.timetable().phases();
  CHECK(phases[1].fault);
  CHECK_FALSE(phases[0].fault);
  CHECK_FALSE(phases[2].fault);
  CHECK_FALSE(phases[3].fault);
}

TEST_CASE("what a breaker keeps back would have taken a worker only if it had been sent") {
  const auto one = plan_with_capacity("workers=1,service=50ms", {"all 1m"});
  Injector injector(one);
  const OutcomeRules rules;
  CHECK(injector.would_succeed({.ordinal = 0}, at(0ms), {60ms}, rules));
  CHECK_FALSE(injector.would_succeed({.ordinal = 1}, at(0ms), {60ms}, rules));
  CHECK(word(one, injector.treat({.ordinal = 2}, at(0ms))) == "50ms");
}

TEST_CASE("the text of a capacity is read back as an equal one") {
  for (const auto* text :
       {"none", "workers=8,service=50ms", "workers=8,service=mean=50ms,queue=100",
        "workers=8,service=p50=20ms,p99=400ms,queue=0,full=429,shed=1s",
        "workers=8,service=normal(20ms,5ms),shed=1s", "workers=8,service=50ms,queue=100",
        "workers=8,service=50ms,queue=100,order=lifo"}) {
    CHECK(capacity(text).text() == text);
    CHECK(capacity(capacity(text).text()) == capacity(text));
  }
  CHECK(capacity("queue=100, full=503, service=50ms, workers=8").text() ==
        "workers=8,service=50ms,queue=100");
  CHECK(capacity("workers=8,service=50ms,order=fifo").text() == "workers=8,service=50ms");
  const auto phase = parse_phase("starved 30s capacity=workers=2,service=50ms,queue=40").value();
  CHECK(parse_phase(phase.text()).value() == phase);
}

TEST_CASE("a capacity is tighter if it serves fewer, slower, or keeps fewer waiting") {
  const auto usual = capacity("workers=8,service=50ms,queue=100");
  CHECK(capacity("workers=7,service=50ms,queue=100").tighter_than(usual));
  CHECK(capacity("workers=8,service=51ms,queue=100").tighter_than(usual));
  CHECK(capacity("workers=8,service=50ms,queue=99").tighter_than(usual));
  CHECK(capacity("workers=8,service=50ms,queue=100,shed=1s").tighter_than(usual));
  CHECK(usual.tighter_than(capacity("none")));
  CHECK_FALSE(capacity("none").tighter_than(usual));
  CHECK_FALSE(capacity("workers=9,service=50ms").tighter_than(usual));
  CHECK_FALSE(usual.tighter_than(usual));
}

TEST_CASE("a capacity that is none is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"", "'' is no capacity", "workers=8"},
           {"workers=8", "does not say how long a worker takes", "service=50ms"},
           {"service=50ms", "does not say how many workers", "workers=8"},
           {"workers=0,service=50ms", "workers: '0' is less than 1", "whole number"},
           {"workers=8,service=50", "service: '50' has no unit", "50ms"},
           {"workers=8,service=0ms", "does not say how long", "service=50ms"},
           {"workers=8,service=1ms*in_flight", "a service time cannot depend on", "latency"},
           {"workers=8,worker=9", "unknown key 'worker'", "did you mean 'workers'?"},
           {"workers=8,workers=9", "gives workers a second time", "keep one"},
           {"workers", "'workers' has no value", "workers=8"},
           {"workers=8,", "ends in a comma", "workers=8"},
           {"workers=8,service=50ms,queue=1,full=200", "full: '200' is less than 400", "400"},
           {"workers=8,service=50ms,full=429", "turns nobody away", "queue=100"},
           {"workers=8,service=50ms,shed=0ms", "shed: a wait of zero", "queue=0"},
           {"workers=8,service=50ms,order=random", "order: 'random' is no order", "lifo"},
           {"workers=8,service=50ms,order=lifo,shed=1s", "serves the newest first",
            "leave out order=lifo or shed="},
       }) {
    const auto result = parse_capacity(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
  CHECK_THAT(parse_phase("a 1s capacity=workers=1,service=1ms on=/x").error().message,
             ContainsSubstring("a capacity counts all requests together"));
}
