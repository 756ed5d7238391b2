// What one run of an experiment is made of: everything that decides, and no clock, thread or
// socket. The same parts run on the wire and in virtual time.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
        by_hand(injector.by_hand()),
        topology(experiment.topology) {
    // What services in between would have made of a call, nobody knows.
    for (auto& plan : experiment::other_plans(experiment)) {
      others.emplace_back(std::move(plan));
    }
    if (experiment.through) {
      watch.emplace(watched_of(*experiment.through), experiment.through->states,
                    experiment.through->instances);
    } else if (topology.empty()) {
      load.would_succeed = experiment::would_succeed(experiment, injector);
    }
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // A further dependency of a service that calls go through.
  struct Other {
    explicit Other(faults::Plan plan) : faults(std::move(plan)), injector(faults) {}
    faults::Plan faults;
    faults::Injector injector;
  };

  [[nodiscard]] std::vector<Watched> watched_of(const experiment::Through& through) const {
    const auto address = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
    std::vector<Watched> all{{through.name, address(through.listen), load.timetable}};
    for (std::size_t i = 0; i < through.others.size(); ++i) {
      all.push_back({through.others[i].name, address(through.others[i].listen),
                     others[i].faults.timetable()});
    }
    return all;
  }

  faults::Plan faults;
  faults::Injector injector;
  std::deque<Other> others{};
  load::LoadPlan load;
  load::BreakerBank bank;
  ByHand by_hand;
  topology::Topology topology;
  std::optional<Watch> watch;  // of the service that calls go through
};

}  // namespace tripcurve::trial
