#include "trial/trial.hpp"

#include <utility>

#include "faults/virtual_time.hpp"
#include "trial/conclusion.hpp"
#include "trial/conductor.hpp"
#include "trial/measurement.hpp"
#include "trial/series.hpp"
#include "trial/virtual_time.hpp"

namespace tripcurve::trial {
namespace {

// The other run of a twin, where it can be told without the clock: nobody sees it go.
Audience only_signals(const Audience& audience) {
  return {.displays = {},
          .events = nullptr,
          .wait_for_signal = audience.wait_for_signal,
          .service_gone = nullptr};
}

Audience without_events(Audience audience) {
  audience.events = nullptr;
  return audience;
}

report::Summary run_twin(const experiment::Experiment& twin, World& world, const Origin& origin,
                         const Audience& audience, const live::Turn& turn) {
  if (!world.can_be_simulated() || faults::not_simulated(twin.upstream, twin.phases)) {
    return run(twin, world, origin, {}, without_events(audience), turn);
  }
  VirtualTime simulation;
  return run(twin, simulation, origin, {}, only_signals(audience), turn);
}

report::Versus versus_of(std::string breaker, const report::Summary& twin) {
  return {std::move(breaker), twin.facts.command, twin.totals,
          twin.phases,        twin.breakers,      report::false_opens(twin)};
}

// A service's further ones.
std::vector<experiment::Dependency> dependencies_of(const experiment::Experiment& experiment) {
  return experiment.through ? experiment.through->others : std::vector<experiment::Dependency>{};
}

bool completed(const report::Summary& summary) {
  return summary.facts.ending == report::Ending::completed;
}

}  // namespace

report::Summary run(const experiment::Experiment& experiment, World& world, const Origin& origin,
                    const Judging& judging, const Audience& audience, const live::Turn& turn) {
  std::optional<report::Summary> twin;
  Twins twins;
  if (experiment.versus) {
    twin = run_twin(experiment::twin_of(experiment), world, origin, audience, turn);
    if (!completed(*twin)) {
      return *std::move(twin);
    }
    twins.versus = versus_of(experiment.versus->text(), *twin);
  }
  for (const auto& dependency : dependencies_of(experiment)) {
    auto& versus = twins.of_dependencies.emplace_back();
    if (dependency.like) {
      auto other =
          run_twin(experiment::twin_of(experiment, dependency), world, origin, audience, turn);
      if (!completed(other)) {
        return other;
      }
      versus = versus_of(dependency.like->text(), other);
    }
  }
  Parts parts(experiment);
  Conductor conductor(world.command(), experiment, parts, origin, judging, audience, turn, twin);
  return conductor.end(world.play(parts, conductor), std::move(twins));
}

Measurement measure(const experiment::Experiment& experiment, const Share& share, World& world,
                    const Origin& origin, const Audience& audience) {
  Parts parts(experiment);
  parts.load.shards *= share.of;
  parts.load.own = {share.number, share.of};
  Conductor conductor(world.command(), experiment, parts, origin, {}, audience, {}, std::nullopt);
  conductor.only_measure();
  return conductor.measured(world.play(parts, conductor));
}

report::Summary sum_up(const experiment::Experiment& experiment, const char* command,
                       const Origin& origin, std::vector<Measurement> shares) {
  Parts parts(experiment);
  parts.load.shards *= static_cast<std::uint32_t>(shares.size());
  return conclude(experiment, parts, Guard(experiment, {}),
                  facts_of(command, experiment, parts, origin),
                  put_together(std::move(shares), parts.bank));
}

report::Summary run_all(const experiment::Experiment& experiment, World& world,
                        const Origin& origin, const Judging& judging, const Audience& audience) {
  Series series(experiment, judging, origin);
  for (std::uint64_t i = 0; i < judging.repeat; ++i) {
    if (!series.take(
            run(series.run(i), world, origin, judging, audience, {i + 1, judging.repeat}))) {
      break;
    }
  }
  return series.outcome();
}

}  // namespace tripcurve::trial
