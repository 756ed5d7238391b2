#include "sim/world.hpp"

#include <string>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using load::BreakerBank;
using load::BreakerScope;

namespace {

// An experiment in a few words.
struct Story {
  faults::Behaviour normal{};
  std::vector<std::string> phases{};
  load::Loop loop = load::OpenLoop{Rate{100}};
  std::string breaker = "classic,failures=5,successes=2,timeout=1s";
  Duration timeout = 500ms;
  std::uint64_t seed = 1;
  std::vector<faults::Rule> rules{};
  faults::RateLimit limit{};
  std::vector<load::Endpoint> endpoints{load::Endpoint{}};
};

struct Ran {
  sim::Counted outcome;
  std::vector<load::BreakerEvent> events;

  load::Counts counts(std::size_t phase) const { return outcome.tally.phases[phase].counts(); }
  const faults::PhaseLedger& upstream(std::size_t phase) const {
    return outcome.ledger.phases()[phase];
  }
};

const sim::Observer nobody{[] { return never; }, [](const sim::View&, TimePoint) { return true; }};

Ran run(const Story& story, const sim::Observer& observer = nobody,
        sim::ServerModel model = {.round_trip = 1ms}) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto& text : story.phases) {
    phases.push_back(*faults::parse_phase(text));
  }
  const Random random(story.seed);
  const faults::Plan plan({.normal = story.normal, .rules = story.rules, .limit = story.limit},
                          phases, random);
  load::LoadPlan load{.timetable = plan.timetable(), .loop = story.loop};
  load.timeout = story.timeout;
  load.endpoints = story.endpoints;
  load.random = random;
  faults::Injector injector(plan);
  load.would_succeed = [&](const load::LoadPlan::Kept& call, TimePoint now) {
    const auto& [method, path, headers] = load.endpoints[call.endpoint];
    return injector.would_succeed({call.ordinal, method, path, headers}, now, {load.timeout},
                                  load.caller);
  };
  BreakerBank bank(choice(story.breaker), BreakerScope::client, load.endpoints, random);
  auto outcome = sim::run_world(load, injector, bank, model, observer);
  return {std::move(outcome), bank.events_since(0)};
}

}  // namespace

TEST_CASE("a healthy upstream answers every call after its latency and the round trip") {
  const auto ran = run({.normal = {*faults::parse_latency("20ms"), {}}, .phases = {"all 10s"}});
  CHECK(ran.counts(0).calls == 1000);
  CHECK(ran.counts(0).ok == 1000);
  CHECK(ran.outcome.tally.phases[0].response().min() == 21ms);
  CHECK(ran.outcome.tally.phases[0].response().max() == 21ms);
  CHECK(ran.outcome.tally.phases[0].schedule_error.histogram().max() == 0ms);
  CHECK(ran.outcome.ended_at == at(9990ms + 21ms));
  CHECK(ran.events.empty());
}

TEST_CASE("a hard outage opens the breaker after five failures plus one latency") {
  const auto ran = run({.normal = {*faults::parse_latency("20ms"), {}},
                        .phases = {"healthy 1s", "outage 2s errors=100%", "recovered 2s"}});
  // Calls at 1.000 .. 1.040 s fail; the fifth answer comes 21 ms later.
  REQUIRE(ran.events.size() >= 3);
  CHECK(ran.events[0].transition.at == at(1061ms));
  CHECK(ran.events[0].transition.cause == "5 failures in a row, the last a 503");
  CHECK(ran.events.back().transition.to == breaker::State::closed);
}

TEST_CASE("while the breaker is open nothing reaches the upstream") {
  const auto ran =
      run({.phases = {"outage 5s errors=100%"}, .breaker = "classic,failures=1,timeout=1h"});
  CHECK(ran.upstream(0).requests == 1);
  CHECK(ran.upstream(0).leaked_while_open == 0);
  CHECK(ran.counts(0).fail_fast == 499);
}

TEST_CASE("every kind of fault ends the call as its client would see it") {
  struct Row {
    const char* errors;
    std::uint64_t load::Counts::* counter;
  };
  for (const auto& [errors, counter] : {
           Row{"503:100%", &load::Counts::error_answers},
           Row{"reset:100%", &load::Counts::resets},
           Row{"empty:100%", &load::Counts::closed},
           Row{"hang:100%", &load::Counts::timeouts},
           Row{"refuse", &load::Counts::connect_failed},
       }) {
    INFO(errors);
    const auto ran = run({.phases = {std::string("all 1s errors=") + errors},
                          .breaker = "classic,failures=1000000"});
    CHECK(ran.counts(0).*counter == 100);
    CHECK(ran.counts(0).failed() == 100);
  }
}

TEST_CASE("a rule for a method and a header fails the calls to that endpoint only") {
  const auto ran =
      run({.phases = {"all 3s"},
           .breaker = "classic,failures=1000000",
           .rules = {{.match = *faults::parse_match("POST /pay x-tenant=gold"),
                      .errors = *faults::parse_errors("100%")}},
           .endpoints = {{.method = "POST", .path = "/pay", .headers = {{"X-Tenant", "gold"}}},
                         {.method = "POST", .path = "/pay", .headers = {{"X-Tenant", "iron"}}},
                         {.path = "/pay", .headers = {{"X-Tenant", "gold"}}}}});
  const auto endpoints = ran.outcome.tally.endpoints();
  CHECK(endpoints[0].error_answers == 100);
  CHECK(endpoints[1].ok == 100);
  CHECK(endpoints[2].ok == 100);
}

TEST_CASE("a limit lets through its rate, in virtual time, and counts the others as limited") {
  const auto ran = run({.normal = {*faults::parse_latency("20ms"), {}},
                        .phases = {"limited 10s", "free 1s rate_limit=none"},
                        .breaker = "classic,failures=1000000",
                        .limit = *faults::parse_rate_limit("25/s,burst=10,status=503")});
  CHECK(ran.counts(0).ok == 10 - 1 + 25 * 10);
  CHECK(ran.counts(0).error_answers == 1000 - ran.counts(0).ok);
  CHECK(ran.upstream(0).injected ==
        decltype(faults::PhaseLedger::injected){{"limited", ran.counts(0).error_answers}});
  CHECK(ran.outcome.tally.phases[0].response().min() == 1ms);  // the round trip alone
  CHECK(ran.counts(1).ok == 100);
}

TEST_CASE("an answer that comes exactly at the client's timeout is a timeout") {
  const Story story{.normal = {*faults::parse_latency("499ms"), {}},
                    .phases = {"all 1s"},
                    .breaker = "classic,failures=1000000"};
  CHECK(run(story, nobody, {.round_trip = 1ms}).counts(0).timeouts == 100);
  CHECK(run(story, nobody, {.round_trip = 1ms - 1ns}).counts(0).ok == 100);
}

TEST_CASE("a port that closes takes the calls under way with it") {
  const auto ran = run({.normal = {*faults::parse_latency("200ms"), {}},
                        .phases = {"up 1s", "down 1s errors=refuse"},
                        .breaker = "classic,failures=1000000"});
  CHECK(ran.counts(0).closed == 20);  // sent from 800 ms, whose answer is due at 1001 ms, to 990 ms
  CHECK(ran.counts(1).connect_failed == 100);
  CHECK(ran.upstream(1).requests == 0);
}

TEST_CASE("slow answers under the timeout never open an errors-only breaker") {
  // The founding story: 2 to 3 s answers, a 5 s timeout.
  const auto ran = run({.phases = {"healthy 10s", "slow 60s latency=2s..3s"}, .timeout = 5s});
  CHECK(ran.events.empty());
  CHECK(ran.counts(1).ok == ran.counts(1).calls);
}

TEST_CASE("the same seed gives the same world and another seed another") {
  Story story{
      .normal = {*faults::parse_latency("p50=20ms,p99=400ms"), *faults::parse_errors("30%")},
      .phases = {"all 20s"},
      .loop = load::OpenLoop{Rate{500}, load::Arrival::poisson}};
  const auto same = [](const Ran& a, const Ran& b) {
    bool equal = a.events.size() == b.events.size() && a.counts(0) == b.counts(0) &&
                 a.outcome.ended_at == b.outcome.ended_at;
    for (std::size_t i = 0; equal && i < a.events.size(); ++i) {
      equal = a.events[i].transition.at == b.events[i].transition.at &&
              a.events[i].transition.cause == b.events[i].transition.cause;
    }
    return equal;
  };
  const auto first = run(story);
  CHECK(first.events.size() > 2);
  CHECK(same(first, run(story)));
  story.seed = 2;
  CHECK_FALSE(same(first, run(story)));
}

TEST_CASE("a closed loop's throughput follows from its workers and the latency") {
  const auto ran = run({.normal = {*faults::parse_latency("9ms"), {}},
                        .phases = {"all 10s"},
                        .loop = load::ClosedLoop{.workers = 7}});
  CHECK(ran.counts(0).ok == 7 * 1000);
}

TEST_CASE("a dialect that lets trial calls out while it is open has not leaked them") {
  const auto ran = run({.phases = {"outage 30s errors=100%"}, .breaker = "hystrix-1.5.18"});
  REQUIRE(ran.events.size() == 1);
  CHECK(ran.upstream(0).requests > 25);  // one every 5 s
  CHECK(ran.upstream(0).leaked_while_open == 0);
  CHECK(ran.upstream(0).overtaken == 0);
}

TEST_CASE("the observer looks at virtual time when it wants to and may end the world") {
  std::vector<TimePoint> looks;
  const sim::Observer observer{
      [&] { return at(1s * static_cast<int>(looks.size() + 1)); },
      [&](const sim::View& view, TimePoint now) {
        looks.push_back(now);
        CHECK(view.engine.snapshot(now).total().calls == 100 * looks.size());
        return now < at(3s);
      }};
  const auto ran = run({.phases = {"all 10s"}}, observer);
  CHECK(looks == std::vector<TimePoint>{at(1s), at(2s), at(3s)});
  CHECK(ran.outcome.ended_at == at(3s));
  CHECK(ran.counts(0).calls == 300);
}

TEST_CASE("of the calls rejected in front of a limited upstream about its rate is good") {
  // 50 calls a second for 20 s; 5/s pass. The breaker opens at once, for good.
  const Story story{.phases = {"limited 20s"},
                    .loop = load::OpenLoop{Rate{50}},
                    .breaker = "classic,failures=1,timeout=1h",
                    .limit = *faults::parse_rate_limit("5/s,burst=1,status=503")};
  const auto ran = run(story);
  CHECK(ran.counts(0).sent == 2);
  CHECK(ran.counts(0).fail_fast == 998);
  CHECK(ran.counts(0).rejected_good == 99);  // 100 in all, of which the first was sent

  auto unlimited = story;
  unlimited.limit = {};
  unlimited.phases = {"bad 20ms errors=100%", "good 19980ms"};
  const auto all = run(unlimited);
  CHECK(all.counts(1).rejected_good == all.counts(1).fail_fast);
  CHECK(all.counts(1).fail_fast > 990);
}

TEST_CASE("a limit that one phase sets makes the rejected calls of that phase bad") {
  const auto ran = run({.phases = {"a 1s", "crowded 10s rate_limit=2/s,burst=1,status=503", "b 1s"},
                        .breaker = "classic,failures=1,timeout=1h"});
  CHECK(ran.counts(0).rejected_good == 0);
  CHECK(ran.counts(1).fail_fast > 990);
  CHECK(ran.counts(1).rejected_good == 19);
  CHECK(ran.counts(2).rejected_good == 100);
}

TEST_CASE("workers that think do so in an outage, too") {
  const auto ran =
      run({.normal = {*faults::parse_latency("10ms"), {}},
           .phases = {"outage 60s errors=100%"},
           .loop = load::ClosedLoop{.workers = 100, .think = DurationDistribution::fixed(1s)},
           .breaker = "classic,failures=5,timeout=3s"});
  CHECK(ran.counts(0).calls > 5900);
  CHECK(ran.counts(0).calls <= 6100);
  CHECK(ran.counts(0).fail_fast > 4000);
}

TEST_CASE("a breaker whose trials were dropped at the cap stays half-open or opens again") {
  // /b always fails, and /a hangs and uses up the cap.
  for (const auto* breaker :
       {"classic,failures=5,timeout=1s",
        "polly,MinimumThroughput=2,FailureRatio=0.5,BreakDuration=1s",
        "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=5,halfOpenAfter=1s",
        "opossum,resetTimeout=1s"}) {
    INFO(breaker);
    const faults::Plan plan(
        {.rules = {{.match = *faults::parse_match("/a"),
                    .errors = *faults::parse_errors("hang:100%")},
                   {.match = *faults::parse_match("/b"), .errors = *faults::parse_errors("100%")}}},
        {*faults::parse_phase("all 30s")}, Random(1));
    load::LoadPlan load{.timetable = plan.timetable(), .loop = load::OpenLoop{Rate{100}}};
    load.timeout = 4s;
    load.max_in_flight = 10;
    load.endpoints = {{.path = "/a"}, {.path = "/b"}};
    faults::Injector injector(plan);
    BreakerBank bank(choice(breaker), BreakerScope::endpoint, load.endpoints, Random(1));
    (void)sim::run_world(load, injector, bank, {}, nobody);
    std::size_t opened = 0;
    for (const auto& event : bank.events_since(0)) {
      if (event.breaker == 1) {
        CHECK(event.transition.to != breaker::State::closed);
        opened += event.transition.to == breaker::State::open ? 1 : 0;
      }
    }
    CHECK(opened > 1);
  }
}
