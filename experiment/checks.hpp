// What the parts of an experiment cannot say together, each of them right by itself; the same for
// files and for flags, so that what one of them takes can be written as the other. The errors name
// no place: whoever asks knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "expect/expectation.hpp"
#include "experiment/experiment.hpp"
#include "faults/phase.hpp"
#include "load/endpoint.hpp"
#include "topology/topology.hpp"

namespace tripcurve::experiment {

// A phase that changes requests which no endpoint makes.
[[nodiscard]] std::optional<Error> uncalled(const faults::PhaseSpec& phase,
                                            const std::vector<load::Endpoint>& endpoints);

// A call of an endpoint that comes to a service which has no route for it.
struct Unrouted {
  std::uint32_t service = 0;
  Error error{};
};
// Each service once for each path. None without services.
[[nodiscard]] std::vector<Unrouted> unrouted(const topology::Topology& topology,
                                             const std::vector<load::Endpoint>& endpoints);

// Policies that remember (a bulkhead, a budget, a cache) are one thing of an instance, and threads
// of load share nothing: an instance whose calls are made by several threads would have several.
[[nodiscard]] std::optional<Error> divided_instance(const Experiment& experiment);

// A run that would be held against its like: all calls share one breaker already.
[[nodiscard]] std::optional<Error> pointless_versus(const Experiment& experiment);

// An expectation that no run of this experiment could be judged by: it names what is not there, or
// counts from a fault where none is planned.
[[nodiscard]] std::optional<Error> unjudgeable(const expect::Expectation& expectation,
                                               const Experiment& experiment);

// The same for one that is judged before the first fault: there must be a phase before it, and only
// such a phase can be named. Where no fault is planned, it is about the first phase.
[[nodiscard]] std::optional<Error> unjudgeable_baseline(const expect::Expectation& expectation,
                                                        const Experiment& experiment);

// One that no run could be judged by before its end. The message continues a sentence: "before the
// other run is known".
[[nodiscard]] std::optional<Error> unjudgeable_on_the_way(const expect::Expectation& expectation);

}  // namespace tripcurve::experiment
