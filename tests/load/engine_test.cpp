// The load generator: when calls come, where they go, and what is counted of them.
#include "tests/load/engine_bench.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

TEST_CASE("an open loop sends each call when it is due, whatever the answers do") {
  Bench bench(open_loop(10, 1s));
  CHECK(bench.engine.next_due() == at(0s));
  CHECK(bench.actions(at(0s)).size() == 1);
  CHECK(bench.engine.next_due() == at(100ms));
  CHECK(bench.actions(at(99ms)).empty());
  CHECK(bench.actions(at(100ms)).size() == 1);
  CHECK(bench.actions(at(500ms)).size() == 4);  // a stall: all that became due leave at once
  CHECK(bench.engine.in_flight() == 6);
}

TEST_CASE("response time counts from the intended time and service time from the sending") {
  Bench bench(open_loop(10, 1s));
  const auto first = bench.actions(at(30ms));  // 30 ms late
  REQUIRE(first.size() == 1);
  bench.engine.finished(first[0].slot, ok, at(50ms));
  const auto& phase = bench.engine.tally().phases[0];
  CHECK(phase.response().max() == 50ms);
  CHECK(phase.service().max() == 20ms);
  CHECK(phase.schedule_error.histogram().max() == 30ms);
}

TEST_CASE("a call that is not answered in time is cancelled and recorded as a failure") {
  Bench bench(open_loop(10, 1s), "classic,failures=1");
  const auto sent = bench.actions(at(0s));
  CHECK(bench.engine.next_due() == at(100ms));
  (void)bench.actions(at(900ms));
  CHECK(bench.cancelled.empty());
  (void)bench.actions(at(1s));
  CHECK(bench.cancelled == std::vector{sent[0].slot});
  CHECK(bench.counts().timeouts == 1);
  CHECK(bench.bank.state(0) == breaker::State::open);
}

TEST_CASE("deadlines are kept in order when calls in between end") {
  Bench bench(open_loop(10, 1s));
  const auto sent = bench.actions(at(900ms));  // 10 calls at once
  REQUIRE(sent.size() == 10);
  for (const std::size_t i : {0U, 4U, 9U, 5U}) {
    bench.engine.finished(sent[i].slot, ok, at(950ms));
  }
  CHECK(bench.engine.next_due() == at(1900ms));
  (void)bench.actions(at(1900ms));
  CHECK(bench.cancelled.size() == 6);
  CHECK(bench.engine.done());
}

TEST_CASE("calls stop at the plan's end and the engine is done when the last has ended") {
  Bench bench(open_loop(10, 1s));
  const auto sent = bench.actions(at(2s) - 1ns);
  CHECK(bench.counts().calls == 10);
  CHECK_FALSE(bench.engine.done());
  for (const auto& action : sent) {
    bench.engine.finished(action.slot, ok, at(2s));
  }
  CHECK(bench.actions(at(3s)).empty());
  CHECK(bench.engine.done());
  CHECK(bench.counts().ok == 10);
}

TEST_CASE("a fail-fast sends nothing and enters no latency histogram") {
  Bench bench(open_loop(10, 2s), "classic,failures=1,timeout=10s");
  const auto first = bench.actions(at(0s));
  bench.engine.finished(first[0].slot, error_503, at(50ms));
  CHECK(bench.actions(at(1s)).empty());
  CHECK(bench.counts().calls == 11);
  CHECK(bench.counts().fail_fast == 10);
  CHECK(bench.counts().sent == 1);
  CHECK(bench.engine.tally().phases[0].response().count() == 1);
  CHECK(bench.engine.tally().phases[0].schedule_error.histogram().count() == 11);
}

TEST_CASE("calls beyond the in-flight cap are dropped and counted, and fail-fasts need no room") {
  auto plan = open_loop(10, 2s);
  plan.max_in_flight = 3;
  Bench bench(plan, "classic,failures=1,timeout=10s");
  const auto sent = bench.actions(at(900ms));
  CHECK(sent.size() == 3);
  CHECK(bench.counts().dropped == 7);

  bench.engine.finished(sent[0].slot, error_503, at(950ms));  // opens
  const auto refill = bench.actions(at(1s));
  CHECK(refill.empty());
  CHECK(bench.counts().fail_fast == 1);
  CHECK(bench.counts().dropped == 7);
}

TEST_CASE("callers that the breaker makes wait go out in their order, one by one") {
  Bench bench(open_loop(100, 100ms), "pybreaker");
  const auto first = bench.actions(at(90ms));  // ten calls, and the library lets one run
  REQUIRE(first.size() == 1);
  CHECK(bench.counts().calls == 10);
  CHECK_FALSE(bench.engine.done());
  auto running = first[0];
  for (std::uint64_t ordinal = 1; ordinal < 10; ++ordinal) {
    const auto now = at(90ms + ordinal * 50ms);
    bench.engine.finished(running.slot, ok, now);
    const auto next = bench.actions(now);
    REQUIRE(next.size() == 1);
    CHECK(next[0].ordinal == ordinal);
    running = next[0];
  }
  bench.engine.finished(running.slot, ok, at(1s));
  CHECK(bench.actions(at(1s)).empty());
  CHECK(bench.engine.done());
  // From when it was due: the wait is the caller's.
  CHECK(bench.engine.tally().phases[0].response().max() == 910ms);
  CHECK(bench.engine.tally().phases[0].service().max() == 460ms);
}

TEST_CASE("a caller that waits goes out in the instant in which the breaker lets it") {
  Bench bench(open_loop(100, 20ms), "pybreaker");
  const auto first = bench.actions(at(10ms));
  REQUIRE(first.size() == 1);
  bench.engine.finished(first[0].slot, ok, at(10ms + 100us));
  CHECK(bench.actions(at(10ms + 100us)).size() == 1);
}

TEST_CASE("callers that wait need room like calls that are under way") {
  auto plan = open_loop(100, 100ms);
  plan.max_in_flight = 4;
  Bench bench(plan, "pybreaker");
  CHECK(bench.actions(at(90ms)).size() == 1);
  CHECK(bench.counts().dropped == 6);
  bench.engine.abandon();
  CHECK(bench.counts().unfinished == 4);
}

TEST_CASE("a closed loop keeps its workers busy and no more") {
  Bench bench(closed_loop({.workers = 3, .think = DurationDistribution::fixed(10ms)}, 1s));
  const auto sent = bench.actions(at(0s));
  REQUIRE(sent.size() == 3);
  CHECK(bench.actions(at(500ms)).empty());
  bench.engine.finished(sent[1].slot, ok, at(500ms));
  CHECK(bench.engine.next_due() == at(510ms));
  CHECK(bench.actions(at(509ms)).empty());
  CHECK(bench.actions(at(510ms)).size() == 1);
  CHECK(bench.engine.in_flight() == 3);
}

TEST_CASE("in a closed loop an open breaker does not become a spin") {
  Bench bench(closed_loop({.workers = 1, .fail_fast_pause = 10ms}, 10s),
              "classic,failures=1,timeout=60s");
  const auto sent = bench.actions(at(0s));
  bench.engine.finished(sent[0].slot, error_503, at(0s));
  for (TimePoint now{}; now < at(1s); now += 1ms) {
    CHECK(bench.actions(now).empty());
  }
  CHECK(bench.counts().fail_fast == 100);
}

TEST_CASE("in a closed loop a worker whose call was rejected thinks like any other") {
  // An open breaker, one worker, ten seconds: a call at the start and one a second.
  const auto fail_fasts = [](load::ClosedLoop loop) {
    Bench bench(closed_loop(loop, 10s), "classic,failures=1,timeout=60s");
    const auto sent = bench.actions(at(0s));
    bench.engine.finished(sent[0].slot, error_503, at(0s));
    for (TimePoint now{}; now < at(10s); now += 1ms) {
      CHECK(bench.actions(now).empty());
    }
    return bench.counts().fail_fast;
  };
  CHECK(fail_fasts({.workers = 1, .think = DurationDistribution::fixed(1s)}) == 9);
  CHECK(fail_fasts({.workers = 1}) == 1000);
  CHECK(fail_fasts({.workers = 1, .think = DurationDistribution::fixed(2ms)}) ==
        1000);  // no less than 10 ms
  // What is said counts, whatever the think time is.
  CHECK(fail_fasts(
            {.workers = 1, .think = DurationDistribution::fixed(1s), .fail_fast_pause = 100ms}) ==
        90);
  CHECK(fail_fasts(
            {.workers = 1, .think = DurationDistribution::fixed(1s), .fail_fast_pause = 3s}) == 3);
  CHECK(fail_fasts({.workers = 1, .fail_fast_pause = 1ms}) == 10'000);
}

TEST_CASE("a pause of nothing after a rejected call is a bug") {
  CHECK_THROWS_AS(Bench(closed_loop({.workers = 1, .fail_fast_pause = 0ms}, 1s)), Bug);
}

TEST_CASE("a closed loop whose workers all wait ends at the plan's end") {
  Bench bench(closed_loop({.workers = 2}, 1s));
  const auto sent = bench.actions(at(500ms));
  CHECK(bench.engine.next_due() == at(1s));
  CHECK(bench.actions(at(1s)).empty());
  for (const auto& action : sent) {
    bench.engine.finished(action.slot, ok, at(1200ms));
  }
  CHECK(bench.actions(at(1200ms)).empty());
  CHECK(bench.engine.done());
}

TEST_CASE("a call belongs to the phase it was due in, even if it ends in the next") {
  load::LoadPlan plan{
      .timetable = Timetable({{"one", at(0s), at(1s), false}, {"two", at(1s), at(2s), true}}),
      .loop = load::OpenLoop{Rate{1}}};
  plan.timeout = 5s;
  BreakerBank bank(choice("classic"), BreakerScope::client, plan.endpoints, Random(1));
  Engine engine(plan, 0, bank);
  const auto first = engine.next(at(0s));
  const auto second = engine.next(at(1s));
  REQUIRE(first);
  REQUIRE(second);
  engine.finished(first->slot, ok, at(1500ms));
  engine.finished(second->slot, error_503, at(1600ms));
  CHECK(engine.tally().phases[0].counts().ok == 1);
  CHECK(engine.tally().phases[1].counts().error_answers == 1);
}

TEST_CASE("endpoints are called in turn and ordinals are counted from zero") {
  auto plan = open_loop(10, 1s);
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
  Bench bench(plan);
  const auto sent = bench.actions(at(900ms));
  REQUIRE(sent.size() == 10);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    CHECK(sent[i].ordinal == i);
    CHECK(sent[i].endpoint == i % 3);
  }
}

TEST_CASE("shards share workers, cap and calls without loss") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 7U}) {
    auto plan = closed_loop({.workers = 5}, 1s);
    plan.shards = shards;
    BreakerBank bank(choice("classic"), BreakerScope::client, plan.endpoints, Random(1));
    std::map<std::uint64_t, int> ordinals;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      Engine engine(plan, shard, bank);
      CHECK(engine.done() == (shard >= 5));
      while (const auto action = engine.next(at(0s))) {
        ++ordinals[action->ordinal];
      }
    }
    CHECK(ordinals.size() == 5);
  }
}

TEST_CASE("every shard of a closed loop calls every endpoint") {
  auto plan = closed_loop({.workers = 2}, 1s);
  plan.shards = 2;
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
  BreakerBank bank(choice("classic"), BreakerScope::client, plan.endpoints, Random(1));
  for (std::uint32_t shard = 0; shard < plan.shards; ++shard) {
    Engine engine(plan, shard, bank);
    std::map<std::uint32_t, int> calls;
    for (TimePoint now{}; now < at(10ms); now += 1ms) {
      const auto action = engine.next(now);
      REQUIRE(action);
      ++calls[action->endpoint];
      engine.finished(action->slot, ok, now);
    }
    CHECK(calls[0] == 5);
    CHECK(calls[1] == 5);
  }
}

TEST_CASE("what is abandoned is counted as unfinished") {
  Bench bench(open_loop(10, 1s));
  (void)bench.actions(at(500ms));
  bench.engine.abandon();
  CHECK(bench.engine.done());
  CHECK(bench.counts().unfinished == 6);
  CHECK(bench.counts().sent == 6);
}

TEST_CASE("the sums hold whatever happens") {
  auto plan = open_loop(1000, 10s);
  plan.max_in_flight = 20;
  plan.timeout = 30ms;
  Bench bench(plan, "classic,failures=8,timeout=50ms");
  Random random(7);
  std::vector<std::uint32_t> under_way;
  for (TimePoint now{}; !bench.engine.done(); now += 500us) {
    for (const auto& attempt : bench.actions(now)) {
      under_way.push_back(attempt.slot);
    }
    std::erase_if(under_way, [&](std::uint32_t slot) {
      return std::ranges::find(bench.cancelled, slot) != bench.cancelled.end();
    });
    bench.cancelled.clear();
    while (!under_way.empty() && random.unit() < 0.25) {
      const auto end = random.unit() < 0.3 ? error_503 : ok;
      bench.engine.finished(under_way.back(), end, now);
      under_way.pop_back();
    }
    const auto c = bench.counts();
    REQUIRE(c.calls == c.fail_fast + c.dropped + c.sent);
    REQUIRE(c.sent == c.ok + c.failed() + bench.engine.in_flight());
  }
  const auto c = bench.counts();
  CHECK(c.calls == 10'000);
  for (const auto part : {c.fail_fast, c.dropped, c.ok, c.error_answers, c.timeouts}) {
    CHECK(part > 0);
  }
}

TEST_CASE("instances are called in turn, and each calls all endpoints in turn") {
  auto plan = open_loop(100, 1s);
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
  plan.instances = 2;
  for (const auto scope : {BreakerScope::client, BreakerScope::endpoint}) {
    BreakerBank bank(choice("classic"), scope, plan.endpoints, Random(1), plan.instances);
    Engine engine(plan, 0, bank);
    for (std::uint32_t k = 0; k < 12; ++k) {
      const auto action = engine.next(at(500ms));
      REQUIRE(action);
      CHECK(action->ordinal == k);
      CHECK(action->endpoint == k / 2 % 2);
      CHECK(action->leave.breaker == bank.breaker_of(k % 2, k / 2 % 2));
    }
  }
}

TEST_CASE("a breaker opens for its own instance only") {
  auto plan = open_loop(100, 1s);
  plan.instances = 3;
  BreakerBank bank(choice("classic,failures=1"), BreakerScope::client, plan.endpoints, Random(1),
                   plan.instances);
  Engine engine(plan, 0, bank);
  const auto first = engine.next(at(0s));
  const auto second = engine.next(at(10ms));
  REQUIRE(second);
  engine.finished(second->slot, error_503, at(15ms));
  engine.finished(first->slot, ok, at(15ms));
  while (const auto action = engine.next(at(290ms))) {
    CHECK(action->leave.breaker != 1);
    CHECK(action->ordinal % 3 != 1);
  }
  CHECK(engine.tally().phases[0].counts().fail_fast == 9);  // calls 4, 7, ... 28
}

TEST_CASE("a caller waits for its own instance's breaker") {
  auto plan = open_loop(100, 40ms);
  plan.instances = 2;
  BreakerBank bank(choice("pybreaker"), BreakerScope::client, plan.endpoints, Random(1),
                   plan.instances);
  Engine engine(plan, 0, bank);
  REQUIRE(engine.next(at(30ms)));
  const auto second = engine.next(at(30ms));
  REQUIRE(second);
  CHECK_FALSE(engine.next(at(30ms)));  // calls 2 and 3 wait
  engine.finished(second->slot, ok, at(35ms));
  const auto next = engine.next(at(35ms));
  REQUIRE(next);
  CHECK(next->ordinal == 3);
  CHECK_FALSE(engine.next(at(35ms)));
}

TEST_CASE("the workers of a closed loop belong to instances in turn, also over several shards") {
  for (const std::uint32_t shards : {1U, 2U, 3U}) {
    auto plan = closed_loop({.workers = 7}, 1s);
    plan.shards = shards;
    plan.instances = 3;
    plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
    BreakerBank bank(choice("classic"), BreakerScope::client, plan.endpoints, Random(1),
                     plan.instances);
    std::map<std::uint32_t, int> workers;
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> calls;  // by instance and endpoint
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      Engine engine(plan, shard, bank);
      for (int round = 0; round < 10; ++round) {
        std::vector<Attempt> all;
        while (const auto action = engine.next(at(1ms * round))) {
          all.push_back(*action);
        }
        for (const auto& action : all) {
          workers[action.leave.breaker] += round == 0 ? 1 : 0;
          ++calls[{action.leave.breaker, action.endpoint}];
          engine.finished(action.slot, ok, at(1ms * round));
        }
      }
    }
    CHECK(workers == std::map<std::uint32_t, int>{{0, 3}, {1, 2}, {2, 2}});
    for (std::uint32_t instance = 0; instance < 3; ++instance) {
      CHECK(calls[{instance, 0}] == workers[instance] * 5);
      CHECK(calls[{instance, 1}] == workers[instance] * 5);
    }
  }
}

TEST_CASE("the plan says what ends are to the caller and what they are to the breaker") {
  auto plan = open_loop(10, 2s);
  plan.caller = OutcomeRules().with(*parse_failure_statuses("429"));
  plan.breaker_counts = OutcomeRules().with(*parse_outcome_changes("503=ignored,404=failure"));
  Bench bench(plan, "classic,failures=2,timeout=10s");
  const auto sent = bench.actions(at(400ms));
  REQUIRE(sent.size() == 5);
  const auto end = [&](std::size_t call, int status) {
    bench.engine.finished(sent[call].slot,
                          {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}, at(410ms));
  };
  end(0, 404);
  end(1, 503);
  CHECK(bench.counts().ok == 2);
  end(2, 429);
  CHECK(bench.counts().error_answers == 1);
  CHECK(bench.bank.state(0) == breaker::State::closed);  // the 429 ended its row of failures
  end(3, 404);
  end(4, 404);
  CHECK(bench.counts().ok == 4);
  CHECK(bench.bank.state(0) == breaker::State::open);
}

TEST_CASE("an ignored call is neither good nor bad, wastes nothing, and neither breaks a row") {
  auto plan = open_loop(10, 2s);
  plan.caller = OutcomeRules().with(*parse_outcome_changes("404=ignored"));
  plan.breaker_counts = plan.caller;
  Bench bench(plan, "classic,failures=2,timeout=10s");
  const auto sent = bench.actions(at(200ms));
  REQUIRE(sent.size() == 3);
  bench.engine.finished(sent[0].slot, error_503, at(210ms));
  bench.engine.finished(sent[1].slot, {CallEnd::Kind::answer, 404}, at(220ms));
  CHECK(bench.counts().ignored == 1);
  CHECK(bench.counts().ok == 0);
  CHECK(bench.engine.tally().phases[0].wasted == 10ms);
  bench.engine.finished(sent[2].slot, error_503, at(230ms));
  CHECK(bench.bank.state(0) == breaker::State::open);
  const auto counts = bench.counts();
  CHECK(counts.sent == counts.ok + counts.failed() + counts.ignored);
}

TEST_CASE("what callers waited for calls that failed is wasted, and nothing else") {
  Bench bench(open_loop(10, 1s));
  const auto sent = bench.actions(at(250ms));  // due at 0, 100 and 200 ms
  REQUIRE(sent.size() == 3);
  bench.engine.finished(sent[0].slot, ok, at(300ms));
  bench.engine.finished(sent[1].slot, error_503, at(320ms));
  CHECK(bench.engine.tally().phases[0].wasted == 70ms);
  (void)bench.actions(at(1250ms));  // the third one's deadline
  CHECK(bench.counts().timeouts == 1);
  CHECK(bench.engine.tally().phases[0].wasted == 1070ms);
}

TEST_CASE("calls are counted by phase and endpoint") {
  load::LoadPlan plan{
      .timetable = Timetable({{"one", at(0s), at(1s), false}, {"two", at(1s), at(2s), true}}),
      .loop = load::OpenLoop{Rate{10}}};
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}};
  Bench bench(plan);
  for (const auto& action : bench.actions(at(1399ms))) {
    bench.engine.finished(action.slot, action.endpoint == 0 ? ok : error_503, at(1399ms));
  }
  const auto& phases = bench.engine.tally().phases;
  CHECK(phases[0].endpoints[0].counts.ok == 5);
  CHECK(phases[0].endpoints[1].counts.error_answers == 5);
  CHECK(phases[1].endpoints[0].counts.ok == 2);
  CHECK(phases[1].endpoints[1].times.response().count() == 2);
  CHECK(phases[1].endpoints[1].times.response().max() == 299ms);
  CHECK(phases[1].response().max() == 399ms);
  CHECK(bench.engine.tally().endpoints()[1].error_answers == 7);
  CHECK(bench.engine.snapshot(at(2s)).endpoints == bench.engine.tally().endpoints());
  CHECK_FALSE(bench.engine.snapshot(at(2s)).tally);
  CHECK(bench.engine.snapshot(at(2s), true).tally->phases[1].service().count() == 4);
}

TEST_CASE("the peak of a phase is the most that were under way when one of its calls was sent") {
  load::LoadPlan plan{
      .timetable = Timetable({{"one", at(0s), at(1s), false}, {"two", at(1s), at(2s), true}}),
      .loop = load::OpenLoop{Rate{10}}};
  plan.timeout = 5s;
  Bench bench(plan);
  const auto sent = bench.actions(at(900ms));
  for (std::size_t i = 0; i < 7; ++i) {
    bench.engine.finished(sent[i].slot, ok, at(950ms));
  }
  (void)bench.actions(at(1s));
  CHECK(bench.engine.tally().phases[0].peak_in_flight == 10);
  CHECK(bench.engine.tally().phases[1].peak_in_flight == 4);
}

TEST_CASE(
    "a phase knows what an adaptive limit was in it, and one without samples what it was before") {
  load::LoadPlan plan{.timetable = Timetable({{"one", at(0s), at(1s), false},
                                              {"two", at(1s), at(2s), false},
                                              {"three", at(2s), at(3s), false}}),
                      .loop = load::OpenLoop{Rate{10}}};
  plan.client = {client::AdaptiveConfig{
      .limit = client::AimdConfig{.initial = 4, .least = 1, .most = 100, .backoff_ratio = 0.5}}};
  Bench bench(plan);
  const auto sent = bench.actions(at(950ms));
  CHECK(sent.size() == 4);
  CHECK(bench.counts().full == 6);
  bench.engine.finished(sent[3].slot, ok, at(960ms));  // four were inside: one more may be
  bench.engine.finished(sent[2].slot, ok, at(970ms));  // three were
  bench.engine.finished(sent[1].slot, error_503, at(980ms));
  (void)bench.actions(at(1050ms));
  bench.engine.finished(sent[0].slot, error_503, at(1060ms));
  (void)bench.actions(at(2950ms));
  const auto limit = [&](std::size_t phase) { return bench.engine.tally().phases[phase].limit; };
  CHECK(limit(0) == load::LimitRange{.last = 3, .least = 3, .most = 6});
  CHECK(limit(1) == load::LimitRange{.last = 1, .least = 1, .most = 3});
  CHECK(limit(2) == load::LimitRange{.last = 1, .least = 1, .most = 1});
}

TEST_CASE("a fail-fast takes the time from when the call was due to its rejection") {
  Bench bench(open_loop(10, 1s), "classic,failures=1,timeout=10s");
  const auto sent = bench.actions(at(0s));
  bench.engine.finished(sent[0].slot, error_503, at(50ms));
  (void)bench.actions(at(130ms));
  const auto& rejected = bench.engine.tally().phases[0].fail_fast;
  CHECK(rejected.count() == 1);
  CHECK(rejected.max() == 30ms);
}

TEST_CASE("a fail-fast that waited for a trial call's end has taken that long") {
  Bench bench(open_loop(10, 2s), "pybreaker,fail_max=1,reset_timeout=10s");
  const auto sent = bench.actions(at(100ms));
  REQUIRE(sent.size() == 1);  // the second caller waits
  bench.engine.finished(sent[0].slot, error_503, at(180ms));
  (void)bench.actions(at(180ms));
  CHECK(bench.engine.tally().phases[0].fail_fast.max() == 80ms);
}

TEST_CASE("rejected calls that the upstream would have served are counted, where that is known") {
  auto plan = open_loop(10, 1s);
  const auto rejected_good = [&] {
    Bench bench(plan, "classic,failures=1,timeout=10s");
    const auto sent = bench.actions(at(0s));
    bench.engine.finished(sent[0].slot, error_503, at(0s));
    for (TimePoint now{}; now < at(1s); now += 100ms) {
      (void)bench.actions(now);
    }
    CHECK(bench.counts().fail_fast == 9);
    CHECK(bench.engine.snapshot(at(1s)).total().rejected_good == bench.counts().rejected_good);
    return bench.counts().rejected_good;
  };
  CHECK(rejected_good() == 0);
  plan.would_succeed = [](const load::LoadPlan::Kept& call, TimePoint now) {
    CHECK(call.endpoint == 0);
    CHECK(now == at(call.ordinal * 100ms));
    return call.ordinal >= 6;
  };
  CHECK(rejected_good() == 4);
}

TEST_CASE("a load of stages is warmed up for what its start needs") {
  auto plan = open_loop(1, 10s);
  std::get<load::OpenLoop>(plan.loop).stages = {{10s, Rate{3000}, Rate{0}}};
  CHECK(Bench(plan).engine.early_in_flight() == 30);
  std::get<load::OpenLoop>(plan.loop).stages = {{10s, Rate{0}, Rate{3000}}};
  CHECK(Bench(plan).engine.early_in_flight() == 1);
}

namespace {

// Attempts that nobody waits for any more after 150 ms; calls come every 100 ms.
load::LoadPlan letting_go(std::uint32_t cap) {
  auto plan = open_loop(10, 1s);
  plan.max_in_flight = cap;
  plan.client = {client::BreakerConfig{}, client::TimeoutConfig{.after = 150ms, .cancels = false}};
  return plan;
}

}  // namespace

TEST_CASE("what a timeout lets go is under way at the upstream, and takes room until it ends") {
  Bench bench(letting_go(3));
  std::vector<Attempt> sent;
  for (auto now = at(0ms); now < at(1s); now += 50ms) {
    for (const auto& attempt : bench.actions(now)) {
      sent.push_back(attempt);
    }
  }
  CHECK(sent.size() == 3);
  CHECK(bench.cancelled.empty());
  CHECK(bench.counts().dropped == 7);
  CHECK(bench.engine.done());
}

TEST_CASE("the end of what was let go frees its place and is no end of another call") {
  Bench bench(letting_go(1));
  const auto first = bench.actions(at(0ms));
  REQUIRE(first.size() == 1);
  CHECK(bench.actions(at(150ms)).empty());
  CHECK(bench.counts().failed() == 1);
  bench.engine.finished(first[0].slot, {CallEnd::Kind::answer, 200}, at(170ms));
  CHECK(bench.counts().ok == 0);
  const auto second = bench.actions(at(200ms));
  REQUIRE(second.size() == 1);
  CHECK(second[0].ordinal == 2);
  bench.engine.finished(second[0].slot, {CallEnd::Kind::answer, 200}, at(210ms));
  CHECK(bench.counts().ok == 1);
  CHECK(bench.counts().sent == 2);
}
