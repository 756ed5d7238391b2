#include "experiment/streams.hpp"

#include "core/time.hpp"
#include "load/rate_curve.hpp"
#include "load/worker_curve.hpp"

namespace tripcurve::experiment {
namespace {

// How many calls per second workers make who have to wait as long as that for each.
double rate_of(const load::ClosedLoop& loop, const topology::Demand& entry) {
  const auto round =
      to_seconds(entry.holds.value_or(Duration::max())) + to_seconds(loop.think.mean());
  return load::peak_workers(loop) / round;
}

}  // namespace

std::vector<topology::Stream> streams(const Experiment& experiment, const faults::Plan& plan,
                                      std::size_t phase) {
  const auto* open = std::get_if<load::OpenLoop>(&experiment.loop);
  const auto count = static_cast<double>(experiment.endpoints.size());
  std::vector<topology::Stream> streams;
  for (const auto& [method, path, headers] : experiment.endpoints) {
    streams.push_back(
        {.path = path,
         .rate = open == nullptr ? 1 / count : load::highest_rate(*open).per_second / count,
         .upstream = plan.behaviour_towards({0, method, path, headers}, phase)});
  }
  if (const auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop)) {
    // At one call per second each pool suffices, or none would.
    const auto total =
        rate_of(*closed, topology::capacity(experiment.topology, streams).services.front());
    for (auto& stream : streams) {
      stream.rate = total / count;
    }
  }
  return streams;
}

}  // namespace tripcurve::experiment
