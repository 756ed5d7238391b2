// load and endpoints: what is called, how often, and how long a caller waits.
#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

void read_open_loop(Block& block, Experiment& experiment) {
  load::OpenLoop loop;
  loop.rate = block.value("rate", parse_rate).value_or(loop.rate);
  loop.arrival = block.value("arrival", parse_arrival).value_or(loop.arrival);
  experiment.loop = loop;
  experiment.max_in_flight =
      block.value("max_in_flight", parse_max_in_flight).value_or(experiment.max_in_flight);
}

void read_closed_loop(Block& block, Experiment& experiment) {
  load::ClosedLoop loop;
  loop.workers = block.value("workers", parse_workers).value_or(loop.workers);
  loop.think = block.value("think", parse_duration).value_or(loop.think);
  experiment.loop = loop;
}

}  // namespace

void read_load(const Node& node, Experiment& experiment, Mistakes& mistakes) {
  Block block(node, "a load", mistakes);
  for (const auto* open : {"rate", "arrival", "max_in_flight"}) {
    block.only_one_of("workers", open, "are a closed and an open loop");
  }
  if (block.take("workers") != nullptr) {
    read_closed_loop(block, experiment);
  } else {
    read_open_loop(block, experiment);
    if (const auto* think = block.take("think")) {
      mistakes.add(think->key_at, {"'think' is for the workers of a closed loop",
                                   "add workers: 10, or leave it out"});
    }
  }
  experiment.timeout = block.value("timeout", parse_timeout).value_or(experiment.timeout);
  experiment.threads = block.value("threads", parse_threads).value_or(experiment.threads);
  if (starves_threads(experiment)) {
    block.refuse("'max_in_flight' is shared by all 'threads' and leaves some of them nothing",
                 "give at least one call to each thread");
  }
}

void read_endpoints(const Node& list, Experiment& experiment, Mistakes& mistakes) {
  experiment.endpoints.clear();
  each_item(list, "endpoints: [/payments, /refunds]", mistakes, [&](const Node& item) {
    auto endpoint = read_value(item, parse_endpoint, mistakes);
    if (!endpoint) {
      return;
    }
    if (std::ranges::find(experiment.endpoints, *endpoint) != experiment.endpoints.end()) {
      mistakes.add(item.at, {quoted(*endpoint) + " is named twice", "name each endpoint once"});
      return;
    }
    experiment.endpoints.push_back(*std::move(endpoint));
  });
}

}  // namespace tripcurve::experiment
