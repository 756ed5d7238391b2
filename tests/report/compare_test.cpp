#include "report/compare.hpp"

#include <nlohmann/json.hpp>

#include "report/intervals.hpp"
#include "report/layout.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;
using Judgement = Change::Judgement;

Comparison compared(const Run& before, const Run& after, double tolerance = 0.05) {
  auto comparison = compare(summarize(before), summarize(after), Share{tolerance});
  REQUIRE(comparison);
  return *std::move(comparison);
}

Change found(const Comparison& comparison, const std::string& where, const std::string& metric) {
  for (const auto& change : comparison.changes) {
    if (change.where == where && change.metric == metric) {
      return change;
    }
  }
  FAIL("no " << metric << " of " << where);
  return {};
}

// A run of one phase in which so many of the calls failed.
Run failing(std::uint64_t failed, std::uint64_t calls = 1000) {
  auto run = quiet_run({{"all", 10s}});
  add_ok_calls(run, 0, calls, 5ms);
  run.tally.phases[0].endpoints[0].counts.ok -= failed;
  run.tally.phases[0].endpoints[0].counts.timeouts += failed;
  return run;
}

TEST_CASE("a run compared with itself is the same in everything") {
  const auto comparison = compared(eventful_run(), eventful_run(), 0);
  CHECK_FALSE(comparison.failed());
  CHECK(comparison.notes.empty());
  for (const auto& change : comparison.changes) {
    CAPTURE(change.where, change.metric);
    CHECK(change.judgement == Judgement::same);
    CHECK(change.change == 0);
  }
}

TEST_CASE("a share is worse when it is beyond the tolerance in points and not by chance") {
  const auto judged = [](std::uint64_t before, std::uint64_t after, std::uint64_t calls) {
    return found(compared(failing(before, calls), failing(after, calls)), "the run",
                 "failure share");
  };
  CHECK(judged(100, 200, 1000).judgement == Judgement::worse);
  CHECK(judged(200, 100, 1000).judgement == Judgement::better);
  CHECK(judged(100, 149, 1000).judgement == Judgement::same);
  CHECK(judged(10, 19, 100).judgement == Judgement::unclear);
  CHECK(judged(100, 200, 1000).confidence == "+6.9 to +13.1");
  CHECK(judged(100, 200, 1000).change.value() > 0.0999);
  CHECK(found(compared(failing(100), failing(200)), "the run", "availability").judgement ==
        Judgement::worse);
}

Comparison held_against(const Run& simulated, const Run& run, double tolerance = 0.05) {
  auto comparison =
      compare(summarize(simulated), summarize(run), Share{tolerance}, Asked::the_same);
  REQUIRE(comparison);
  return *std::move(comparison);
}

TEST_CASE("what is to be the same differs whichever way it is off") {
  CHECK_FALSE(held_against(failing(100), failing(100)).failed());
  CHECK_FALSE(held_against(failing(100), failing(149)).failed());
  for (const auto& [one, other] : {std::pair(100U, 200U), std::pair(200U, 100U)}) {
    const auto comparison = held_against(failing(one), failing(other));
    CHECK(comparison.failed());
    CHECK(found(comparison, "the run", "failure share").judgement == Judgement::differs);
    CHECK(found(comparison, "the run", "availability").judgement == Judgement::differs);
    CHECK_THAT(to_text(comparison),
               ContainsSubstring("Check  DIFFERENT: ") && ContainsSubstring("simulated      run"));
  }
}

TEST_CASE("what is neither better nor worse is to be the same, too") {
  auto none = eventful_run();
  none.events.clear();
  none.transition_count = 0;
  CHECK(found(compared(eventful_run(), none), "client", "opens").judgement == Judgement::neither);
  CHECK(found(held_against(eventful_run(), none), "client", "opens").judgement ==
        Judgement::differs);
}

Run answering(Duration typical, std::uint64_t calls = 1000) {
  auto run = quiet_run({{"all", 10s}});
  for (std::uint64_t i = 0; i < calls; ++i) {
    add_ok_calls(run, 0, 1, typical + static_cast<Duration::rep>(i % 100) * 100us);
  }
  return run;
}

TEST_CASE("a percentile that is to be the same may be off by what a machine takes for an answer") {
  const auto p50 = [](Duration simulated, Duration run) {
    return found(held_against(answering(simulated), answering(run)), "the run", "p50").judgement;
  };
  CHECK(p50(1ms, 1900us) == Judgement::unclear);
  CHECK(p50(1ms, 30ms) == Judgement::differs);
  CHECK(p50(30ms, 1ms) == Judgement::differs);
  CHECK(p50(100ms, 103ms) == Judgement::same);
}

TEST_CASE("a percentile is worse when the rank intervals lie apart") {
  const auto p50 = [](const Run& before, const Run& after) {
    return found(compared(before, after), "the run", "p50");
  };
  CHECK(p50(answering(20ms), answering(30ms)).judgement == Judgement::worse);
  CHECK(p50(answering(30ms), answering(20ms)).judgement == Judgement::better);
  CHECK(p50(answering(20ms), answering(21ms)).judgement == Judgement::same);
  CHECK(p50(answering(20ms), answering(22ms)).judgement == Judgement::worse);
  CHECK(p50(answering(20ms, 20), answering(22ms, 20)).confidence == "intervals apart");
  CHECK(p50(answering(20ms, 3), answering(30ms, 3)).judgement == Judgement::unclear);
  CHECK(p50(answering(20ms, 3), answering(30ms, 3)).confidence == "too few answers");
}

TEST_CASE("without answers there is no percentile to compare") {
  const auto comparison = compared(quiet_run(outage), quiet_run(outage));
  for (const auto& change : comparison.changes) {
    CHECK(change.metric != "p50");
    CHECK(change.metric != "availability");
  }
}

Run opening(std::optional<Duration> when) {
  auto run = busy_run(outage);
  if (when) {
    add_transition(run, *when, State::closed, State::open);
    add_transition(run, 14s, State::open, State::closed);
  }
  return run;
}

TEST_CASE("a breaker that opens later or not any more is worse") {
  const auto judged = [](std::optional<Duration> before, std::optional<Duration> after) {
    return found(compared(opening(before), opening(after)), "client", "time to open").judgement;
  };
  CHECK(judged(5200ms, 5300ms) == Judgement::worse);
  CHECK(judged(5300ms, 5200ms) == Judgement::better);
  CHECK(judged(5200ms, 5205ms) == Judgement::same);
  CHECK(judged(5200ms, std::nullopt) == Judgement::worse);
  CHECK(judged(std::nullopt, 5200ms) == Judgement::better);
  CHECK(found(compared(opening(5200ms), opening(5300ms)), "client", "time to open").confidence ==
        "n=1, same seed");
}

TEST_CASE("what is measured once may be chance where the seeds differ, unless it never came") {
  const auto judged = [](std::optional<Duration> after) {
    auto other = opening(after);
    other.seed += 1;
    return found(compared(opening(5200ms), other), "client", "time to open").judgement;
  };
  CHECK(judged(9s) == Judgement::unclear);
  CHECK(judged(std::nullopt) == Judgement::worse);
}

TEST_CASE("leaks that were not there before are worse when they are many") {
  const auto leaking = [](std::uint64_t leaks) {
    auto run = busy_run({{"all", 10s}});
    run.upstream = {{1000, leaks, 1000, {}}};
    return run;
  };
  const auto judged = [&](std::uint64_t before, std::uint64_t after) {
    return found(compared(leaking(before), leaking(after)), "the run", "leaked").judgement;
  };
  CHECK(judged(0, 20) == Judgement::worse);
  CHECK(judged(20, 0) == Judgement::better);
  CHECK(judged(0, 1) == Judgement::unclear);
  CHECK(judged(0, 0) == Judgement::same);
}

TEST_CASE("failing fast is a loss outside of a fault and no judgement within") {
  auto rejecting = busy_run(outage);
  for (const std::size_t phase : {0U, 1U}) {
    rejecting.tally.phases[phase].endpoints[0].counts.fail_fast = 300;
  }
  const auto comparison = compared(busy_run(outage), rejecting);
  CHECK(found(comparison, "phase healthy", "fail-fast share").judgement == Judgement::worse);
  CHECK(found(comparison, "phase outage", "fail-fast share").judgement == Judgement::neither);
  CHECK(found(comparison, "the run", "fail-fast share").judgement == Judgement::neither);
}

TEST_CASE("runs of different phases are not compared and it is said how they differ") {
  const auto error = [](const std::vector<Stretch>& before, const std::vector<Stretch>& after) {
    const auto result =
        compare(summarize(busy_run(before)), summarize(busy_run(after)), Share{0.05});
    REQUIRE_FALSE(result);
    return result.error().message;
  };
  CHECK(error({{"a", 1s}}, {{"a", 1s}, {"b", 1s}}) ==
        "the old run has 1 phase and the new one has 2");
  CHECK(error({{"a", 1s}}, {{"b", 1s}}) == "phase 1 was 'a' of 1s and is now 'b' of 1s");
  CHECK(error({{"a", 1s}}, {{"a", 2s}}) == "phase 1 was 'a' of 1s and is now 'a' of 2s");
  CHECK(error({{"a", 1s}}, {{"a", 1s, true}}) ==
        "phase 1 was 'a' of 1s and is now 'a' of 1s with a fault");
}

TEST_CASE("what else differs is noted") {
  auto before = busy_run(outage);
  auto after = busy_run(outage);
  before.experiment_json = R"({"seed": 1, "load": {"rate": "100/s"}, "endpoints": ["/a"]})";
  after.experiment_json = R"({"seed": 2, "load": {"rate": "200/s"}, "endpoints": ["/a", "/b"]})";
  after.seed = 2;
  after.ending = Ending::interrupted;
  const std::vector<std::string> expected{
      "the seed was 42, is 2", "the verdict was finished, is interrupted",
      "load.rate was 100/s, is 200/s", "endpoints.1 was not set, is /b",
      "the new run was not completed"};
  CHECK(compared(before, after).notes == expected);
}

TEST_CASE("a setting that differs is noted, also from one left at its default") {
  auto before = busy_run(outage);
  auto after = busy_run(outage);
  before.experiment_json = R"({"client": {"breaker": {"dialect": "classic"}}})";
  after.experiment_json = R"({"client": {"breaker": {"dialect": "classic", "Timeout": "3s"}}})";
  before.breaker_settings = {{"dialect", "classic"}, {"Timeout", "60s"}};
  after.breaker_settings = {{"dialect", "classic"}, {"Timeout", "3s"}};
  CHECK(compared(before, after).notes ==
        std::vector<std::string>{"client.breaker.Timeout was 60s, is 3s"});
}

TEST_CASE("a breaker that is gone is noted") {
  auto after = busy_run(outage);
  after.breakers = breakers({{.endpoint = "/a", .name = "/a"}});
  CHECK(compared(busy_run(outage), after).notes ==
        std::vector<std::string>{"the new run has no breaker client"});
}

TEST_CASE("a comparison for people is compared whole with the golden one") {
  auto after = eventful_run();
  after.tally.phases[1].endpoints[0].counts.timeouts += 300;
  after.tally.phases[1].endpoints[0].counts.fail_fast -= 300;
  after.events[0].transition.at = at(5900ms);
  after.events.pop_back();
  after.transition_count = 4;
  after.name = std::string(100, 'n') + "\x1b[31m";
  const auto text = to_text(compared(eventful_run(), after));
  CHECK(text == golden("compare.txt", text));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(columns(line) <= 80);
    CHECK(printable(line) == line);
  }
}

TEST_CASE("a comparison for programs has its numbers") {
  const auto json = nlohmann::ordered_json::parse(to_json(compared(opening(5200ms), opening({}))));
  CHECK(json["regression"] == true);
  CHECK(json["tolerance"] == 0.05);
  bool seen = false;
  for (const auto& change : json["changes"]) {
    if (change["metric"] == "time to open") {
      seen = true;
      CHECK(change["old"] == 200.0);
      CHECK(change["new"].is_null());
      CHECK(change["change"].is_null());
      CHECK(change["unit"] == "ms");
      CHECK(change["judgement"] == "worse");
    }
  }
  CHECK(seen);
}

// Newcombe 1998, table II, example (a) and (d): 56/70 and 48/80; 9/10 and 3/10.
TEST_CASE("runs of which no setting is known can be compared") {
  auto before = busy_run(outage);
  before.experiment_json = "{}";
  const auto comparison = compared(before, busy_run(outage));
  REQUIRE(comparison.notes.size() == 1);
  CHECK(comparison.notes[0] == "name was not set, is example");
}

TEST_CASE("the intervals are those of the papers") {
  const auto near = [](double value, double expected) {
    CAPTURE(value, expected);
    CHECK(std::abs(value - expected) < 0.00005);
  };
  near(newcombe(48, 80, 56, 70).low, 0.0524);
  near(newcombe(48, 80, 56, 70).high, 0.3339);
  near(newcombe(3, 10, 9, 10).low, 0.1705);
  near(newcombe(3, 10, 9, 10).high, 0.8090);
  near(wilson(0, 10).low, 0);
  near(wilson(0, 10).high, 0.2775);
  near(wilson(81, 263).low, 0.2553);
  near(wilson(81, 263).high, 0.3662);
}

TEST_CASE("a rank interval lies around its percentile and needs samples on both sides") {
  std::vector<Histogram::Bucket> distribution;
  for (int i = 1; i <= 100; ++i) {
    distribution.push_back({i * 1ms, 1});
  }
  const auto median = rank_interval(distribution, 0.5);
  REQUIRE(median);
  CHECK(median->low == 39);   // below the 40th
  CHECK(median->high == 61);  // the 61st
  CHECK_FALSE(rank_interval(distribution, 0.99));
  CHECK_FALSE(rank_interval({}, 0.5));
}

}  // namespace
}  // namespace tripcurve::report
