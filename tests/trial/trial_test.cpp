// An experiment conducted from code, in both worlds.
#include "trial/trial.hpp"

#include <chrono>
#include <memory>
#include <numeric>

#include "faults/injector.hpp"
#include "net/upstream.hpp"
#include "report/formats.hpp"
#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/virtual_time.hpp"
#include "trial/wire.hpp"

using namespace tripcurve;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;
using report::Verdict;

namespace {

const std::vector<std::string> short_outage{"healthy 300ms", "outage 300ms errors=100%",
                                            "recovered 300ms"};

std::vector<std::unique_ptr<trial::World>> both_worlds() {
  std::vector<std::unique_ptr<trial::World>> worlds;
  worlds.push_back(std::make_unique<trial::VirtualTime>());
  worlds.push_back(std::make_unique<trial::Wire>(std::uint16_t{0}));
  return worlds;
}

}  // namespace

TEST_CASE("the series adds up to what came in at the upstream, in both worlds") {
  for (const auto& world : both_worlds()) {
    INFO(world->command());
    const auto summary = trial::run(experiment_of(short_outage), *world, {}, {}, {});
    REQUIRE(summary.totals.upstream);
    std::uint64_t arrived = 0;
    for (const auto& point : summary.facts.series.points) {
      REQUIRE(point.upstream_requests);
      arrived += *point.upstream_requests;
    }
    CHECK(arrived == summary.totals.upstream->requests);
    CHECK(arrived > 0);
    // The column of the CSV is not empty, and the JSON has it.
    CHECK(report::to_csv(summary).find(",\n") == std::string::npos);
    CHECK(report::read_json("x", report::to_json(summary))
              ->facts.series.points[0]
              .upstream_requests == summary.facts.series.points[0].upstream_requests);
  }
}

TEST_CASE("a real service behind the faults is asked for all that no fault hits") {
  const faults::Plan good(faults::Upstream{}, {{.name = "good", .length = 1h}}, Random(1));
  faults::Injector nothing(good);
  const net::SteadyClock clock;
  const net::Upstream service(nothing, clock, {});
  trial::Wire world(0);
  world.pass_on_to(
      {.host = "127.0.0.1", .port = service.port(), .loopback = true, .addresses = {"127.0.0.1"}});
  CHECK_FALSE(world.can_be_simulated());
  const auto summary = trial::run(experiment_of(short_outage), world, {}, {}, {});
  REQUIRE(summary.totals.upstream);
  const auto& counts = summary.totals.counts;
  CHECK(counts.error_answers > 0);
  CHECK(counts.ok > 0);
  CHECK(service.ledger().phases().front().requests == counts.sent - counts.error_answers);
  CHECK(summary.totals.upstream->requests == counts.sent);
}

TEST_CASE("a display knows whose breakers it is shown") {
  auto experiment = experiment_of(short_outage);
  experiment.instances = 3;
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  experiment.scope = load::BreakerScope::endpoint;
  Witness witness;
  trial::VirtualTime world;
  (void)trial::run(experiment, world, {}, {}, {.displays = {&witness}});
  CHECK(witness.scene->instances == 3);
  CHECK(witness.scene->breakers.size() == 6);
  CHECK(witness.scene->target == "virtual time");
}

TEST_CASE("whoever watches is told the phases, the transitions and the end, in both worlds") {
  for (const auto& world : both_worlds()) {
    INFO(world->command());
    Witness witness;
    std::string lines;
    const auto summary =
        trial::run(experiment_of(short_outage), *world, {}, {},
                   {.displays = {&witness}, .events = [&](const auto& line) { lines += line; }});
    REQUIRE(witness.words.size() >= 5);
    CHECK(witness.words[0] == "phase healthy");
    CHECK(witness.words[1] == "phase outage");
    CHECK(witness.words[2] == "to open");
    CHECK(witness.words.back() == "finish");
    CHECK_FALSE(witness.ticks.empty());
    CHECK(lines.find(R"({"event":"start")") == 0);
    CHECK(lines.find(R"("event":"end")") != std::string::npos);
    CHECK(summary.facts.command == world->command());
  }
}

TEST_CASE("a run whose expectation fails for good ends there, and a signal ends it, too") {
  for (const auto& world : both_worlds()) {
    INFO(world->command());
    auto experiment = experiment_of({"outage 20s errors=100%"});
    const auto stopped =
        trial::run(experiment, *world, {}, {.abort_on = expectations_of({"failed < 3"})}, {});
    CHECK(stopped.verdict.result == Verdict::Result::stopped);
    CHECK(stopped.facts.ended_at < at(10s));  // after a second, were the machine never busy

    const auto interrupted =
        trial::run(experiment, *world, {}, {},
                   {.wait_for_signal = [](Duration) { return std::optional(2 /* SIGINT */); }});
    CHECK(interrupted.verdict.result == Verdict::Result::interrupted);
    CHECK(interrupted.facts.ended_at < at(20s));
  }
}

TEST_CASE("a fault of one endpoint is none of the breaker of another") {
  auto experiment = experiment_of({"ok 5s", "down 10s errors=100% on=/a", "back 20s"});
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  experiment.scope = load::BreakerScope::endpoint;
  experiment.breaker = breaker::parse_choice("classic,failures=5,timeout=1s").value();
  experiment.expectations =
      expectations_of({"missed_opens == 0", "time_to_open < 1s", "time_to_close < 2s"});
  trial::VirtualTime world;
  const auto summary = trial::run(experiment, world, {}, {}, {});
  CHECK(summary.verdict.result == Verdict::Result::pass);
  CHECK(summary.breakers[0].reactions.size() == 1);
  CHECK(summary.breakers[1].reactions.empty());
}

TEST_CASE("a trip at what is normal is false though another endpoint has a fault meanwhile") {
  auto experiment = experiment_of({"ok 100ms", "slow 100s latency=900ms on=/a", "ok 100ms"});
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  experiment.upstream.rules = {
      {.match = faults::parse_match("/b").value(), .errors = faults::parse_errors("30%").value()}};
  experiment.scope = load::BreakerScope::endpoint;
  experiment.breaker = breaker::parse_choice("classic,failures=3").value();
  experiment.expectations = expectations_of({"false_opens == 0", "missed_opens == 0"});
  for (auto& expectation : experiment.expectations) {
    expectation.scope.breaker = "/b";
  }
  trial::VirtualTime world;
  const auto summary = trial::run(experiment, world, {}, {}, {});
  CHECK(summary.expectations[0].result == report::Judged::Result::fail);
  CHECK(summary.expectations[1].result == report::Judged::Result::inconclusive);  // none is its own
}

TEST_CASE("the same seed gives the same bytes in virtual time, and another seed others") {
  auto experiment = experiment_of({"ok 2s", "partial 3s errors=40%"});
  const auto json = [&] {
    trial::VirtualTime world;
    return report::to_json(trial::run(experiment, world, {}, {}, {}));
  };
  const auto first = json();
  CHECK(json() == first);
  ++experiment.seed;
  CHECK(json() != first);
}
