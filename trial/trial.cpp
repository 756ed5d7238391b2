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

report::Summary run_twin(const experiment::Experiment& experiment, World& world,
                         const Origin& origin, const Audience& audience, const live::Turn& turn) {
  const auto twin = experiment::twin_of(experiment);
  if (!world.can_be_simulated() || faults::not_simulated(twin.upstream, twin.phases)) {
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
  const auto outside = report::false_opens(*twin);
  return report::Versus{experiment.versus->text(), std::move(twin->facts.command),
                        std::move(twin->totals),   std::move(twin->phases),
                        std::move(twin->breakers), outside};
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
