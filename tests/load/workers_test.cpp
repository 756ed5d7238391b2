#include "load/workers.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "load/worker_curve.hpp"
#include "tests/load/engine_bench.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using load::ClosedLoop;
using load::parse_worker_stage;
using load::WorkerCurve;
using load::Workers;
using load::WorkerStage;

namespace {

std::vector<WorkerStage> stages(const std::vector<const char*>& texts) {
  std::vector<WorkerStage> all;
  for (const auto* text : texts) {
    all.push_back(parse_worker_stage(text).value());
  }
  return all;
}

DurationDistribution thinks(const char* text) {
  return parse_duration_distribution(text, "think time").value();
}

std::size_t there(const WorkerCurve& curve, TimePoint now) {
  std::size_t count = 0;
  for (std::uint32_t worker = 0; worker < 300; ++worker) {
    count += curve.there_from(worker, now) == now ? 1U : 0U;
  }
  return count;
}

load::LoadPlan plan_of(ClosedLoop loop, std::uint64_t seed = 1) {
  auto plan = closed_loop(std::move(loop), 1h);
  plan.random = Random(seed);
  return plan;
}

}  // namespace

TEST_CASE("a stage of workers is read and written with its length and their number") {
  CHECK(*parse_worker_stage("10s 200") == WorkerStage{10s, 200, 200});
  CHECK(*parse_worker_stage(" 1m30s  0 -> 200 ") == WorkerStage{90s, 0, 200});
  for (const auto* text : {"10s 200", "10s 0->200", "1m30s 100000->0", "500ms 0"}) {
    CHECK(load::format_stage(*parse_worker_stage(text)) == text);
  }
}

TEST_CASE("what is no stage of workers is refused with what would work") {
  struct Row {
    const char* text;
    const char* message;
  };
  for (const auto& [text, message] : {
           Row{"", "is not a duration"},
           Row{"10s", "stage '10s' has no number of workers"},
           Row{"200 10s", "stage '200 10s' does not begin with its length"},
           Row{"0->200", "does not begin with its length"},
           Row{"0s 200", "'0s' is too short"},
           Row{"10x 200", "unknown unit 'x'"},
           Row{"10s 200/s", "'200/s' is not a whole number"},
           Row{"10s 0..200", "'0..200' is not a whole number"},
           Row{"10s 0->", "'' is not a whole number"},
           Row{"10s 0->200->0", "'200->0' is not a whole number"},
           Row{"10s 5 200", "'5 200' is not a number of workers"},
           Row{"10s -5", "'-5' is not a whole number"},
           Row{"10s 1.5", "'1.5' is not a whole number"},
           Row{"10s 100001", "'100001' is more than 100000"},
       }) {
    CAPTURE(text);
    const auto stage = parse_worker_stage(text);
    REQUIRE_FALSE(stage);
    CHECK_THAT(stage.error().message, ContainsSubstring(message));
    CHECK_FALSE(stage.error().hint.empty());
  }
}

// The plan that k6 computes for its own example, TestRampingVUsConfigExecutionPlanExample
// (ramping_vus_test.go).
TEST_CASE("workers come and go when k6's ramping VUs do") {
  const WorkerCurve curve(
      {.stages = stages({"2s 4->6", "5s 6->1", "4s 1->5", "4s 5->1", "3s 1->4", "2s 4", "3s 1"})});
  const std::vector<std::pair<Duration, std::size_t>> steps{
      {0s, 4},  {1s, 5},  {2s, 6},  {3s, 5},  {4s, 4},  {5s, 3},  {6s, 2},
      {7s, 1},  {8s, 2},  {9s, 3},  {10s, 4}, {11s, 5}, {12s, 4}, {13s, 3},
      {14s, 2}, {15s, 1}, {16s, 2}, {17s, 3}, {18s, 4}, {20s, 1}, {23s, 0}};
  std::size_t expected = 4;
  for (const auto& [time, workers] : steps) {
    CAPTURE(time);
    if (time > 0s) {
      CHECK(there(curve, at(time - 1ns)) == expected);
    }
    CHECK(there(curve, at(time)) == workers);
    expected = workers;
  }
}

TEST_CASE("workers come along a line, the first when it reaches one") {
  const WorkerCurve curve({.stages = stages({"10s 0->200", "30s 200", "10s 200->0"})});
  CHECK(curve.there_from(0, at(0s)) == at(50ms));
  CHECK(curve.there_from(99, at(0s)) == at(5s));
  CHECK(curve.there_from(199, at(0s)) == at(10s));
  CHECK(curve.there_from(200, at(0s)) == never);
  // The last to come goes first.
  CHECK(curve.there_from(199, at(40s + 50ms - 1ns)) == at(40s + 50ms - 1ns));
  CHECK(curve.there_from(199, at(40s + 50ms)) == never);
  CHECK(curve.there_from(0, at(50s - 1ns)) == at(50s - 1ns));
  CHECK(curve.there_from(0, at(50s)) == never);
}

TEST_CASE("a worker that has gone is there again when the line comes back to it") {
  const WorkerCurve curve({.stages = stages({"10s 5", "10s 2", "30s 2->5"})});
  CHECK(curve.there_from(1, at(12s)) == at(12s));
  CHECK(curve.there_from(2, at(9s)) == at(9s));
  CHECK(curve.there_from(2, at(10s)) == at(30s));
  CHECK(curve.there_from(3, at(10s)) == at(40s));
  CHECK(load::peak_workers({.stages = stages({"1s 5", "1s 2->9", "1s 3"})}) == 9);
  CHECK(load::peak_workers({.workers = 7}) == 7);
}

TEST_CASE("a worker that is taken away finishes its call and makes no other") {
  auto plan = closed_loop(
      {.think = DurationDistribution::fixed(100ms), .stages = stages({"1s 2", "1s 1", "1s 2"})},
      3s);
  plan.timeout = 5s;
  Bench bench(plan);
  const auto sent = bench.actions(at(0s));
  REQUIRE(sent.size() == 2);
  bench.engine.finished(sent[0].slot, ok, at(500ms));
  CHECK(bench.actions(at(600ms)).size() == 1);  // the first goes on, and has no answer yet
  // The second is away from 1 s to 2 s, and its answer comes then.
  CHECK(bench.actions(at(1s)).empty());
  CHECK(bench.engine.in_flight() == 2);
  bench.engine.finished(sent[1].slot, ok, at(1200ms));
  CHECK(bench.counts().ok == 2);
  CHECK(bench.engine.next_due() == at(2s));
  CHECK(bench.actions(at(2s) - 1ns).empty());
  CHECK(bench.actions(at(2s)).size() == 1);
}

TEST_CASE("a worker that thinks when it is taken away does not call while it is away") {
  Bench bench(closed_loop(
      {.think = DurationDistribution::fixed(400ms), .stages = stages({"1s 1", "1s 0", "1s 1"})},
      3s));
  bench.engine.finished(bench.actions(at(0s))[0].slot, ok, at(900ms));
  CHECK(bench.engine.next_due() == at(2s));
}

TEST_CASE("a closed loop whose last worker has gone lasts as long as its plan") {
  Bench bench(closed_loop({.stages = stages({"1s 1", "1s 1->0", "1s 0"})}, 3s));
  bench.engine.finished(bench.actions(at(0s))[0].slot, ok, at(2s));
  CHECK(bench.actions(at(2500ms)).empty());
  CHECK_FALSE(bench.engine.done());
  CHECK(bench.engine.next_due() == at(3s));
  CHECK(bench.actions(at(3s)).empty());
  CHECK(bench.engine.done());
}

TEST_CASE("a driver opens connections only for the workers that begin soon") {
  const ClosedLoop loop{.stages = stages({"1s 3->103"})};
  CHECK(Bench(closed_loop(loop, 1s)).engine.early_in_flight() == 3);
  CHECK(Bench(closed_loop({.workers = 7}, 1s)).engine.early_in_flight() == 7);
  auto plan = closed_loop({.workers = 7}, 1s);
  plan.shards = 2;
  CHECK(Workers(plan, 0).there_before(at(10ms)) == 4);
  CHECK(Workers(plan, 1).there_before(at(10ms)) == 3);
}

// Think times of every worker's first calls, each call answered at once.
using Thoughts = std::map<std::pair<std::uint32_t, int>, Duration>;
Thoughts thoughts(std::uint32_t shards, std::uint64_t seed) {
  auto plan = plan_of({.workers = 5, .think = thinks("p50=1s,p99=5s")}, seed);
  plan.shards = shards;
  Thoughts all;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    Workers workers(plan, shard);
    std::map<std::uint32_t, std::pair<int, TimePoint>> back;  // calls, and the end of the latest
    while (workers.next_due() < at(30s)) {
      const auto due = workers.next_due();
      const auto turn = workers.take();
      auto& [calls, since] = back[turn.worker];
      if (calls > 0) {
        all[{turn.worker, calls}] = due - since;
      }
      ++calls;
      since = due;
      workers.back(turn.worker, due, false);
    }
  }
  return all;
}

TEST_CASE("think times depend on the seed, the worker and its call, not on the shards") {
  const auto one = thoughts(1, 1);
  CHECK(one.size() > 50);
  CHECK(thoughts(2, 1) == one);
  CHECK(thoughts(3, 1) == one);
  CHECK(thoughts(1, 2) != one);
  std::set<Duration> different;
  for (const auto& [call, thought] : one) {
    different.insert(thought);
  }
  CHECK(different.size() == one.size());
}

TEST_CASE("think times are drawn from their distribution") {
  const auto plan = plan_of({.workers = 100, .think = thinks("p50=1s,p90=3s")});
  Workers workers(plan, 0);
  std::map<std::uint32_t, TimePoint> since;
  std::uint64_t pauses = 0;
  std::uint64_t above_median = 0;
  std::uint64_t above_p90 = 0;
  for (int call = 0; call < 20'000; ++call) {
    const auto due = workers.next_due();
    const auto worker = workers.take().worker;
    if (const auto before = since.find(worker); before != since.end()) {
      ++pauses;
      above_median += due - before->second > 1s ? 1U : 0U;
      above_p90 += due - before->second > 3s ? 1U : 0U;
    }
    since[worker] = due;
    workers.back(worker, due, false);
  }
  CHECK(plausible(above_median, pauses, 0.5));
  CHECK(plausible(above_p90, pauses, 0.1));
}

// Against a list that is searched for the first each time.
TEST_CASE("whoever is due first calls first, and of two at once the one that waits longer") {
  const ClosedLoop loop{.think = thinks("0ms..7ms"),
                        .fail_fast_pause = 3ms,
                        .stages = stages({"20ms 0->40", "20ms 40->5", "20ms 5->30", "40ms 30"})};
  const auto plan = plan_of(loop);
  Workers workers(plan, 0);
  const WorkerCurve curve(loop);
  struct Waiting {
    TimePoint due;
    std::uint64_t since;
    std::uint32_t worker;
  };
  std::vector<Waiting> model;
  std::uint64_t since = 0;
  std::map<std::uint32_t, std::uint64_t> calls;
  const auto wait = [&](std::uint32_t worker, TimePoint due) {
    if (const auto there = curve.there_from(worker, due); there != never) {
      model.push_back({there, since++, worker});
    }
  };
  for (std::uint32_t worker = 0; worker < 40; ++worker) {
    wait(worker, at(0s));
  }
  std::uint64_t count = 0;
  while (!model.empty()) {
    const auto first = std::ranges::min_element(
        model, {}, [](const Waiting& one) { return std::pair(one.due, one.since); });
    const auto [due, order, worker] = *first;
    model.erase(first);
    REQUIRE(workers.next_due() == due);
    const auto turn = workers.take();
    REQUIRE(turn.worker == worker);
    REQUIRE(turn.ordinal == count);
    const bool rejected = ++count % 3 == 0;
    // Whole milliseconds, so that some are due at the same instant.
    const auto now = at(std::chrono::ceil<std::chrono::milliseconds>(due.time_since_epoch()));
    const auto draw = Random(1).fork("load/think").fork(worker).fork(++calls[worker]).unit();
    wait(worker, now + (rejected ? Duration(3ms) : loop.think.sample(draw)));
    workers.back(worker, now, rejected);
  }
  CHECK(workers.next_due() == never);
  CHECK(count > 300);
}

TEST_CASE("a worker whose call was rejected pauses as long as it would have thought, or 10 ms") {
  const auto pauses = [](const char* think) {
    const auto plan = plan_of({.workers = 1, .think = thinks(think)});
    Workers workers(plan, 0);
    std::vector<Duration> all;
    for (auto now = workers.next_due(); all.size() < 200; now = workers.next_due()) {
      workers.back(workers.take().worker, now, true);
      all.push_back(workers.next_due() - now);
    }
    return all;
  };
  const auto short_ones = pauses("0ms..20ms");
  CHECK(std::ranges::min(short_ones) == 10ms);
  CHECK(std::ranges::max(short_ones) > 19ms);
  CHECK(plausible(static_cast<std::uint64_t>(std::ranges::count(short_ones, Duration(10ms))), 200,
                  0.5));
  CHECK(std::ranges::min(pauses("1s..2s")) >= 1s);
}
