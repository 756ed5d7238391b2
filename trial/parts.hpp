// What one run of an experiment is made of: everything that decides, and no clock, thread or
// socket. The same parts run on the wire and in virtual time.
#pragma once

#include <optional>
#include <string>

#include "experiment/experiment.hpp"
#include "faults/injector.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "trial/by_hand.hpp"
#include "trial/watch.hpp"

namespace tripcurve::trial {

struct Parts {
  explicit Parts(const experiment::Experiment& experiment)
      : faults(experiment::fault_plan(experiment)),
        injector(faults),
        load(experiment::load_plan(experiment)),
        bank(experiment::breaker_bank(experiment)),
        by_hand(experiment.upstream.normal, injector.by_hand()),
        topology(experiment.topology) {
    // What services in between would have made of a call, nobody knows.
    if (experiment.through) {
      watch.emplace(load.timetable, "127.0.0.1:" + std::to_string(experiment.through->listen));
    } else if (topology.empty()) {
      load.would_succeed = experiment::would_succeed(experiment, injector);
    }
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  faults::Plan faults;
  faults::Injector injector;
  load::LoadPlan load;
  load::BreakerBank bank;
  ByHand by_hand;
  topology::Topology topology;
  std::optional<Watch> watch;  // of the service that calls go through
};

}  // namespace tripcurve::trial
