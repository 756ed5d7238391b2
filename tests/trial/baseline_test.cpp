// What must hold before the first fault, and what a run is worth when it does not, or when nobody
// can say.
#include <chrono>

#include "report/formats.hpp"
#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/guard.hpp"
#include "trial/virtual_time.hpp"

using namespace tripcurve;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;
using report::Judged;
using report::Verdict;
using tripcurve::testing::ContainsSubstring;

namespace {

report::Summary simulated(experiment::Experiment experiment,
                          const std::vector<std::string>& expected = {}) {
  experiment.expectations = expectations_of(expected);
  trial::VirtualTime world;
  return trial::run(experiment, world, {}, {}, {});
}

experiment::Experiment with_baseline(const std::vector<std::string>& phases, Rate rate,
                                     const std::string& errors,
                                     const std::vector<std::string>& baseline) {
  auto experiment = experiment_of(phases);
  experiment.loop = load::OpenLoop{.rate = rate};
  experiment.upstream.normal.errors = faults::parse_errors(errors).value();
  experiment.baseline = expectations_of(baseline);
  return experiment;
}

}  // namespace

TEST_CASE("a baseline that fails ends the run as unhealthy when the fault begins") {
  const auto summary = simulated(
      with_baseline({"ok 5s", "down 5s latency=2s"}, Rate{100}, "503:30%", {"availability > 99%"}));
  CHECK(summary.verdict.result == Verdict::Result::unhealthy);
  CHECK(summary.facts.ended_at == at(5s));
  REQUIRE(summary.baseline.size() == 1);
  CHECK(summary.baseline[0].result == Judged::Result::fail);
  CHECK_THAT(summary.verdict.reasons.front(), ContainsSubstring("baseline: availability was"));
}

TEST_CASE("a baseline of too few calls is inconclusive, and so is the run whatever else holds") {
  // 18 calls, and all of them fail.
  const auto experiment =
      with_baseline({"ok 6s", "down 6s latency=2s"}, Rate{3}, "503:100%", {"availability > 99%"});
  const auto summary = simulated(experiment, {"calls > 0"});
  CHECK(summary.verdict.result == Verdict::Result::inconclusive);
  REQUIRE(summary.baseline.size() == 1);
  CHECK(summary.baseline[0].result == Judged::Result::inconclusive);
  CHECK_THAT(summary.baseline[0].reason, ContainsSubstring("only 18 calls"));
  CHECK_THAT(report::to_text(summary), ContainsSubstring("availability > 99%"));
}

TEST_CASE("a baseline of twenty calls is enough, and one of nineteen is not") {
  for (const auto& [normal, judged] : {std::pair{"ok 10s", Judged::Result::pass},
                                       std::pair{"ok 9500ms", Judged::Result::inconclusive}}) {
    CAPTURE(normal);
    const auto summary = simulated(
        with_baseline({normal, "down 5s latency=2s"}, Rate{2}, "0%", {"availability > 99%"}));
    CHECK(summary.baseline.at(0).samples == (judged == Judged::Result::pass ? 20 : 19));
    CHECK(summary.baseline.at(0).result == judged);
  }
}

TEST_CASE("a baseline is judged by what came before the fault, however late one looks") {
  const auto experiment =
      with_baseline({"ok 5s", "down 5s latency=2s"}, Rate{100}, "0%", {"availability > 99%"});
  trial::Guard guard(experiment, {});
  REQUIRE(guard.next_look() == at(5s));
  TimePoint asked_until{};
  (void)guard.look(
      [&](TimePoint until) {
        asked_until = until;
        return simulated(experiment);
      },
      at(5800ms));
  CHECK(asked_until == at(5s));
}

TEST_CASE("a baseline of one endpoint needs enough calls to that endpoint") {
  auto experiment =
      with_baseline({"ok 10s", "down 5s latency=2s"}, Rate{20}, "0%", {"availability > 99%"});
  for (const auto* path : {"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k"}) {
    experiment.endpoints.push_back({.path = path});
  }
  experiment.baseline.front().scope.endpoint = "/b";  // every twelfth of 200 calls
  const auto summary = simulated(experiment, {"calls > 0"});
  CHECK(summary.verdict.result == Verdict::Result::inconclusive);
  CHECK_THAT(summary.baseline.at(0).reason, ContainsSubstring("only 17 calls count"));
}

TEST_CASE("a baseline for which there is no time is inconclusive") {
  auto experiment =
      with_baseline({"down 5s latency=2s"}, Rate{100}, "503:1%", {"availability > 90%"});
  const auto summary = simulated(experiment, {"calls > 0"});
  CHECK(summary.verdict.result == Verdict::Result::inconclusive);
  CHECK_THAT(summary.baseline.at(0).reason, ContainsSubstring("only 0 calls"));
}

TEST_CASE(
    "calls under way when the fault begins still count in the baseline when they have ended") {
  auto experiment = with_baseline({"ok 1s", "down 5s errors=100%"}, Rate{100}, "hang:100%",
                                  {"failure_share < 5%"});
  experiment.timeout = 2s;
  const auto summary = simulated(experiment);
  CHECK(summary.verdict.result == Verdict::Result::unhealthy);
  CHECK(summary.facts.ending == report::Ending::completed);
  CHECK(summary.baseline.at(0).result == Judged::Result::fail);
}

TEST_CASE("a baseline that holds is shown and leaves the verdict to the expectations") {
  const auto experiment = with_baseline({"ok 5s", "down 5s errors=100%"}, Rate{100}, "503:1%",
                                        {"availability > 90%", "p99 < 20ms"});
  CHECK(simulated(experiment).verdict.result == Verdict::Result::finished);
  const auto summary = simulated(experiment, {"calls < 1"});
  CHECK(summary.verdict.result == Verdict::Result::fail);
  CHECK(summary.baseline.size() == 2);
  CHECK(summary.baseline[1].result == Judged::Result::pass);
}

TEST_CASE("an experiment that names no baseline has one, which is shown only when it fails") {
  const auto healthy =
      simulated(with_baseline({"ok 5s", "down 5s errors=100%"}, Rate{100}, "0%", {}));
  CHECK(healthy.baseline.empty());
  CHECK(healthy.verdict.result == Verdict::Result::finished);

  // A timeout below the latency: every call fails before anything is done to the upstream.
  auto experiment = with_baseline({"ok 5s", "down 5s errors=100%"}, Rate{100}, "0%", {});
  experiment.upstream.normal.latency = faults::parse_latency("p50=500ms,p99=600ms").value();
  experiment.timeout = 5s;
  CHECK(simulated(experiment).verdict.result == Verdict::Result::finished);
}
