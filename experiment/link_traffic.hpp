// The load and the outage that the breakers of a topology's clients are for.
#pragma once

#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::experiment {

// A breaker of a link, and what comes to it: the link's share of the load, retries included, and
// how what is behind it answers, by the arithmetic of topology/capacity.hpp (closed breakers, mean
// times).
struct LinkTraffic {
  std::string link{};  // report::link_name()
  breaker::Choice breaker;
  client::Policies policies{};
  breaker::Traffic traffic{};
};

// Of each link that has a breaker, in the topology's order.
[[nodiscard]] std::vector<LinkTraffic> traffic_of_links(const Experiment& experiment);

// Of the load's own client, which calls the first service. There must be a topology.
[[nodiscard]] breaker::Traffic traffic_of_own_client(const Experiment& experiment);

}  // namespace tripcurve::experiment
