// One experiment, several runs.
#include <algorithm>
#include <chrono>
#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/series.hpp"
#include "trial/virtual_time.hpp"

using namespace tripcurve;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;
using report::Verdict;
using trial::Judging;

namespace {

report::Summary simulated(const std::string& expected, const Judging& judging,
                          const trial::Audience& audience = {}) {
  auto experiment = experiment_of({"ok 1s", "partial 2s errors=50%"});
  experiment.expectations = expectations_of({expected});
  trial::VirtualTime world;
  return trial::run_all(experiment, world, {}, judging, audience);
}

std::vector<std::string> results(const report::Summary& summary) {
  std::vector<std::string> all;
  for (const auto& run : summary.repeats->runs) {
    all.push_back(run.result);
  }
  return all;
}

}  // namespace

TEST_CASE("each run has the next seed, and enough passes are a pass") {
  const auto summary = simulated("calls == 300", {.repeat = 3, .need = 3});
  CHECK(summary.verdict.result == Verdict::Result::pass);
  CHECK(summary.repeats->passed == 3);
  CHECK(summary.repeats->runs[0].seed == 7);
  CHECK(summary.repeats->runs[2].seed == 9);
}

TEST_CASE("runs that --abort-on stopped are failures, whatever an inconclusive run counts as") {
  const auto summary = simulated("calls > 0", {.abort_on = expectations_of({"failed < 2"}),
                                               .repeat = 10,
                                               .need = 5,
                                               .inconclusive = Judging::Inconclusive::pass});
  CHECK(results(summary) == std::vector<std::string>(10, "stopped"));
  CHECK(summary.verdict.result == Verdict::Result::fail);
}

TEST_CASE("what --abort-on asks is judged at the end of the run, too") {
  // While more may come, nobody can say that there will be too few.
  trial::VirtualTime world;
  const auto summary = trial::run(experiment_of({"ok 1s"}), world, {},
                                  {.abort_on = expectations_of({"calls > 100"})}, {});
  CHECK(summary.verdict.result == Verdict::Result::stopped);
  CHECK(summary.facts.ended_at <= at(1006ms));
}

TEST_CASE("an inconclusive run counts as --inconclusive says, in each run of several") {
  // Nobody can say how long closing took where no breaker opened.
  Judging judging{.repeat = 2, .need = 2};
  auto experiment = experiment_of({"ok 1s", "slow 1s latency=20ms"});
  experiment.expectations = expectations_of({"time_to_close < 1ms"});
  trial::VirtualTime world;
  const auto result_of = [&] {
    return trial::run_all(experiment, world, {}, judging, {}).verdict.result;
  };
  CHECK(result_of() == Verdict::Result::inconclusive);
  judging.inconclusive = Judging::Inconclusive::pass;
  CHECK(result_of() == Verdict::Result::pass);
  judging.inconclusive = Judging::Inconclusive::fail;
  CHECK(result_of() == Verdict::Result::fail);
}

TEST_CASE("the first run that does not pass is the one that is shown") {
  // At half of the calls failing, some runs have a long row of failures early and some do not.
  const auto summary = simulated("time_to_open < 200ms", {.repeat = 20, .need = 1});
  const auto all = results(summary);
  const auto first_failed = std::find(all.begin(), all.end(), "fail") - all.begin();
  REQUIRE(first_failed < 20);
  REQUIRE(summary.repeats->passed > 0);
  CHECK(summary.verdict.result == Verdict::Result::pass);
  CHECK(summary.facts.seed == 7 + static_cast<std::uint64_t>(first_failed));
}

TEST_CASE("a metric of several runs has its least, middle and largest value") {
  const auto series = simulated("failed < 1000", {.repeat = 4, .need = 4});
  std::vector<double> failed;
  auto experiment = experiment_of({"ok 1s", "partial 2s errors=50%"});
  for (int i = 0; i < 4; ++i, ++experiment.seed) {
    trial::VirtualTime world;
    const auto one = trial::run(experiment, world, {}, {}, {});
    failed.push_back(static_cast<double>(one.totals.counts.failed()));
  }
  std::sort(failed.begin(), failed.end());
  REQUIRE(failed.front() < failed.back());
  const auto& metrics = series.repeats->metrics;
  const auto spread = std::find_if(metrics.begin(), metrics.end(), [](const auto& one) {
    return one.metric == "failed" && one.scope.phase.empty();
  });
  REQUIRE(spread != metrics.end());
  CHECK(spread->min == failed[0]);
  CHECK(spread->median == (failed[1] + failed[2]) / 2);
  CHECK(spread->max == failed[3]);
  CHECK(spread->runs == 4);
  CHECK(spread->of == 4);
}

TEST_CASE("a run that was not completed counts for no metric of the series") {
  const auto experiment = experiment_of({"ok 1s"});
  const Judging judging{.repeat = 3, .need = 1};
  const trial::Origin origin;
  trial::Series series(experiment, judging, origin);
  for (std::uint64_t i = 0; i < 3; ++i) {
    trial::VirtualTime world;
    auto summary = trial::run(series.run(i), world, origin, judging, {});
    if (i == 1) {
      summary.facts.ending = report::Ending::stopped;
    }
    CHECK(series.take(std::move(summary)));
  }
  const auto outcome = series.outcome();
  CHECK(outcome.repeats->runs.size() == 3);
  CHECK(outcome.repeats->metrics.front().runs <= 2);
  CHECK(outcome.repeats->metrics.front().of == 2);
}

TEST_CASE("of several breakers the worst counts for a metric of several runs") {
  auto experiment = experiment_of({"ok 1s", "outage 2s errors=100% on=/a"});
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  experiment.scope = load::BreakerScope::endpoint;
  trial::VirtualTime world;
  const auto series = trial::run_all(experiment, world, {}, {.repeat = 2, .need = 1}, {});
  const auto& metrics = series.repeats->metrics;
  const auto open = std::find_if(metrics.begin(), metrics.end(),
                                 [](const auto& one) { return one.metric == "time_in(open)"; });
  REQUIRE(open != metrics.end());
  CHECK(open->min > 1000);  // of /a; the breaker of /b was never open
}

TEST_CASE("the displays are told which run of several it is") {
  Witness witness;
  (void)simulated("calls > 0", {.repeat = 3, .need = 3}, {.displays = {&witness}});
  CHECK(witness.scene->turn.text() == "run 3 of 3");
  (void)simulated("calls > 0", {}, {.displays = {&witness}});
  CHECK(witness.scene->turn.text().empty());
}

TEST_CASE("a signal ends the whole series, and its kind decides the exit code") {
  for (const auto& [signal, code] :
       {std::pair{SIGINT, ExitCode::interrupted}, std::pair{SIGTERM, ExitCode::terminated}}) {
    int looks = 0;
    const trial::Audience audience{.wait_for_signal = [&, sent = signal](Duration) {
      return ++looks == 4 ? std::optional(sent) : std::nullopt;  // in the second run
    }};
    const auto summary = simulated("calls > 0", {.repeat = 5, .need = 5}, audience);
    CHECK(report::exit_code(summary.verdict.result) == code);
    CHECK(summary.repeats->runs.size() < 5);
  }
}
