// A run beside another one: the same seed, load and faults.
#include <algorithm>
#include <chrono>

#include "live/display.hpp"
#include "report/formats.hpp"
#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/virtual_time.hpp"

using namespace tripcurve;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

// One of four endpoints is down, and each has a breaker of its own.
experiment::Experiment one_shard_down() {
  auto experiment = experiment_of({"ok 1s", "down 3s errors=100% on=/1", "back 1s"});
  experiment.endpoints = {{.path = "/0"}, {.path = "/1"}, {.path = "/2"}, {.path = "/3"}};
  experiment.scope = load::BreakerScope::endpoint;
  experiment.loop = load::OpenLoop{Rate{400}};
  // One failure in a window of ten is enough for the one that sees all calls.
  experiment.breaker = *breaker::parse_choice("failsafe,withFailureThreshold=2/10,withDelay=10s");
  experiment.versus = experiment::Twin{};
  return experiment;
}

}  // namespace

TEST_CASE("one breaker for all takes down the endpoints that are well") {
  trial::VirtualTime world;
  const auto summary = trial::run(one_shard_down(), world, {}, {}, {});
  REQUIRE(summary.versus);
  const auto& shared = *summary.versus;
  CHECK(shared.breaker == "shared");
  CHECK(shared.command == "simulate");
  REQUIRE(shared.breakers.size() == 1);
  CHECK(summary.breakers.size() == 4);
  CHECK(summary.totals.counts.calls == shared.totals.counts.calls);
  const auto& own = summary.phases[1];
  const auto& other = shared.phases[1];
  CHECK(own.endpoints[0].counts.rejected_good == 0);
  CHECK(other.endpoints[0].counts.rejected_good > 100);
  CHECK(own.endpoints[1].counts.fail_fast > 100);
  CHECK(own.endpoints[0].counts.ok > other.endpoints[0].counts.ok);
  const auto text = report::to_text(summary);
  for (const auto* part : {"per endpoint", "good rejected", "opened for a fault", "1 of 1",
                           "time to open, first", "One breaker for all calls rejects"}) {
    CHECK_THAT(text, ContainsSubstring(part));
  }
}

TEST_CASE("instances that share a breaker notice a fault together") {
  auto experiment = experiment_of({"ok 1s", "down 2s errors=100%", "back 2s"});
  experiment.loop = load::OpenLoop{Rate{100}};
  experiment.instances = 20;
  experiment.breaker = *breaker::parse_choice("classic,failures=5,timeout=1s");
  experiment.versus = experiment::Twin{};
  trial::VirtualTime world;
  const auto summary = trial::run(experiment, world, {}, {}, {});
  REQUIRE(summary.versus);
  CHECK(summary.breakers.size() == 20);
  const auto soonest = *summary.versus->breakers.front().reactions.front().time_to_open;
  for (const auto& breaker : summary.breakers) {
    CHECK(*breaker.reactions.front().time_to_open > soonest);
  }
  CHECK(summary.totals.counts.failed() > summary.versus->totals.counts.failed());
  CHECK_THAT(report::to_text(summary), ContainsSubstring("per client"));
}

TEST_CASE("the run beside is over before, unseen, and its numbers are there to be shown") {
  auto experiment = experiment_of({"ok 1s", "down 1s errors=100%"});
  experiment.versus = experiment::Twin{*breaker::parse_choice("none")};
  Witness seen;
  std::string events;
  trial::VirtualTime world;
  const auto summary =
      trial::run(experiment, world, {}, {},
                 {.displays = {&seen}, .events = [&](const std::string& line) { events += line; }});
  REQUIRE(seen.scene->beside);
  CHECK(std::ranges::count(seen.words, "finish") == 1);
  CHECK(seen.scene->beside->label == "without");
  load::Counts sum;
  for (const auto& point : seen.scene->beside->points) {
    sum += point.counts;
  }
  CHECK(sum == summary.versus->totals.counts);
  CHECK(sum.failed() > summary.totals.counts.failed());
  CHECK_THAT(events, !ContainsSubstring("versus none"));

  experiment.versus.reset();
  (void)trial::run(experiment, world, {}, {}, {.displays = {&seen}});
  CHECK_FALSE(seen.scene->beside);
}

TEST_CASE("a result tells of the other run what it told before it was written") {
  trial::VirtualTime world;
  const auto summary = trial::run(one_shard_down(), world, {}, {}, {});
  const auto read = report::read_json("r.json", report::to_json(summary));
  REQUIRE(read.ok());
  CHECK(report::to_json(*read) == report::to_json(summary));
  CHECK(report::to_text(*read) == report::to_text(summary));
}

TEST_CASE(
    "each dependency of a service that has a like is simulated by itself, with its own faults") {
  auto experiment = experiment_of({"ok 2s", "down 3s errors=100%", "back 2s"});
  experiment.versus = experiment::Twin{.breaker = *breaker::parse_choice("classic,failures=3")};
  experiment.through.emplace();
  experiment.through->others = {
      {.name = "stock",
       .phases = phases_of({"ok 5s", "stock-down 1s errors=100%", "back 1s"}),
       .like = breaker::parse_choice("classic,failures=7,timeout=500ms").value()},
      {.name = "mail"}};
  trial::VirtualTime world;
  const auto summary = trial::run(experiment, world, {}, {}, {});
  REQUIRE(summary.dependencies.size() == 2);
  REQUIRE(summary.dependencies[0].versus);
  const auto& stock = *summary.dependencies[0].versus;
  CHECK(stock.breaker == "classic,FailureThreshold=7,Timeout=500ms");
  REQUIRE(stock.breakers.front().reactions.size() == 1);
  CHECK(stock.breakers.front().reactions.front().fault.begin == at(5s));
  CHECK(stock.breakers.front().reactions.front().opened);
  CHECK_FALSE(summary.dependencies[1].versus);
  REQUIRE(summary.versus);
  CHECK(summary.versus->breakers.front().reactions.front().fault.begin == at(2s));
}
