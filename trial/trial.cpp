#include "trial/trial.hpp"

#include <utility>

#include "expect/spread.hpp"
#include "report/intervals.hpp"
#include "report/verdict.hpp"
#include "trial/conductor.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::trial {
namespace {

using report::Verdict;

// What --inconclusive makes of it.
void settle(Verdict& verdict, Judging::Inconclusive inconclusive) {
  if (verdict.result != Verdict::Result::inconclusive ||
      inconclusive == Judging::Inconclusive::tell) {
    return;
  }
  const bool pass = inconclusive == Judging::Inconclusive::pass;
  verdict.result = pass ? Verdict::Result::pass : Verdict::Result::fail;
  verdict.reasons.insert(verdict.reasons.begin(),
                         std::string("The run is inconclusive; --inconclusive ") +
                             (pass ? "pass counts it as a pass" : "fail counts it as a failure"));
}

bool good(const report::Summary& summary) { return report::is_good(summary.verdict.result); }

// The other run of a twin, where it can be told without the clock: nobody sees it go.
Audience only_signals(const Audience& audience) {
  return {.displays = {}, .events = nullptr, .wait_for_signal = audience.wait_for_signal};
}

Audience without_events(Audience audience) {
  audience.events = nullptr;
  return audience;
}

report::Summary run_twin(const experiment::Experiment& experiment, World& world,
                         const Origin& origin, const Audience& audience, const live::Turn& turn) {
  const auto twin = experiment::twin_of(experiment);
  if (!world.can_be_simulated()) {
    return run(twin, world, origin, {}, without_events(audience), turn);
  }
  VirtualTime simulation;
  return run(twin, simulation, origin, {}, only_signals(audience), turn);
}

std::optional<report::Versus> versus_of(const experiment::Experiment& experiment,
                                        std::optional<report::Summary> twin) {
  if (!twin) {
    return std::nullopt;
  }
  return report::Versus{experiment.versus->text(), std::move(twin->facts.command),
                        std::move(twin->totals), std::move(twin->phases),
                        std::move(twin->breakers)};
}

// Whether no further run makes sense: somebody wants it to end, or the upstream is not fit for it.
bool ends_all(const report::Summary& summary) {
  switch (summary.verdict.result) {
    case Verdict::Result::interrupted:
    case Verdict::Result::terminated:
    case Verdict::Result::unhealthy:
      return true;
    case Verdict::Result::finished:
    case Verdict::Result::pass:
    case Verdict::Result::fail:
    case Verdict::Result::inconclusive:
    case Verdict::Result::stopped:
      break;
  }
  return false;
}

}  // namespace

report::Summary run(const experiment::Experiment& experiment, World& world, const Origin& origin,
                    const Judging& judging, const Audience& audience, const live::Turn& turn) {
  std::optional<report::Summary> twin;
  if (experiment.versus) {
    twin = run_twin(experiment, world, origin, audience, turn);
    if (twin->facts.ending != report::Ending::completed) {
      return *std::move(twin);
    }
  }
  Parts parts(experiment);
  Conductor conductor(world.command(), experiment, parts, origin, judging, audience, turn, twin);
  return conductor.end(world.play(parts, conductor), versus_of(experiment, std::move(twin)));
}

report::Summary run_all(const experiment::Experiment& experiment, World& world,
                        const Origin& origin, const Judging& judging, const Audience& audience) {
  std::optional<report::Summary> shown;
  report::Repeats repeats{.needed = judging.need};
  expect::Spreads spreads(experiment.expectations);
  auto one = experiment;
  for (std::uint64_t i = 0; i < judging.repeat; ++i, ++one.seed) {
    auto summary = run(one, world, origin, judging, audience, {i + 1, judging.repeat});
    if (judging.repeat > 1) {
      spreads.add(summary);
    }
    settle(summary.verdict, judging.inconclusive);
    repeats.runs.push_back({one.seed, std::string(report::name(summary.verdict.result))});
    repeats.passed += good(summary) ? 1U : 0U;
    const bool over = ends_all(summary);
    if (!shown || over || (good(*shown) && !good(summary))) {
      shown = std::move(summary);
    }
    if (over) {
      break;
    }
  }
  if (judging.repeat > 1) {
    const auto interval = report::wilson(repeats.passed, repeats.runs.size());
    repeats.low = interval.low;
    repeats.high = interval.high;
    repeats.metrics = spreads.take();
    shown->repeats = std::move(repeats);
    shown->facts.reproduce_all = origin.reproduce_all ? origin.reproduce_all(experiment) : "";
    shown->verdict = report::decide(*shown);
  }
  return *std::move(shown);
}

}  // namespace tripcurve::trial
