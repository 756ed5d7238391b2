// load and endpoints: what is called, how often, and how long a caller waits.
#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

// How the stages of a loop are written.
template <typename Stage>
struct StageKeys {
  Result<Stage> (*parse)(std::string_view text);
  const char* level;  // the key in the block of a stage
  const char* one;    // examples
  const char* all;
};

constexpr StageKeys<load::Stage> of_rates{
    .parse = load::parse_stage,
    .level = "rate",
    .one = "write {for: 10s, rate: 200/s}, or a ramp: {for: 10s, rate: 50/s->200/s}",
    .all = "stages: ['10s 50/s->200/s', '20s 200/s']"};

constexpr StageKeys<load::WorkerStage> of_workers{
    .parse = load::parse_worker_stage,
    .level = "workers",
    .one = "write {for: 10s, workers: 200}, or a ramp: {for: 10s, workers: 0->200}",
    .all = "workers: [10s 0->200, 20s 200]"};

// "10s 50/s->200/s" or {for: 10s, rate: 50/s->200/s}
template <typename Stage>
std::optional<Stage> read_stage(const Node& node, const StageKeys<Stage>& keys,
                                Mistakes& mistakes) {
  if (node.is_scalar()) {
    return read_value(node, keys.parse, mistakes);
  }
  if (refuse_cut_text(node, {"for", keys.level}, keys.parse, "this stage", mistakes)) {
    return std::nullopt;
  }
  Block block(node, "a stage", mistakes);
  const auto length = block.required("for", parse_duration, keys.one);
  return block.required(
      keys.level,
      [&](const std::string& level) {
        return keys.parse(format_duration(length.value_or(std::chrono::seconds(1))) + " " + level);
      },
      keys.one);
}

template <typename Stage>
std::vector<Stage> read_stages(const Node& list, const StageKeys<Stage>& keys, Mistakes& mistakes) {
  std::vector<Stage> stages;
  each_item(list, keys.all, mistakes, [&](const Node& item) {
    if (const auto stage = read_stage(item, keys, mistakes)) {
      stages.push_back(*stage);
    }
  });
  return stages;
}

void read_open_loop(Block& block, Experiment& experiment) {
  load::OpenLoop loop;
  loop.rate = block.value("rate", parse_rate).value_or(loop.rate);
  if (const auto* stages = block.take("stages")) {
    loop.stages = read_stages(*stages, of_rates, block.mistakes());
  }
  loop.arrival = block.value("arrival", parse_arrival).value_or(loop.arrival);
  experiment.loop = loop;
  experiment.max_in_flight =
      block.value("max_in_flight", parse_max_in_flight).value_or(experiment.max_in_flight);
}

// The number of workers, where stages would be a list.
Result<std::uint32_t> parse_all_workers(const std::string& text) {
  if (load::parse_worker_stage(text)) {
    return Error{quoted(text) + " is a stage, and stages are a list",
                 "write workers: [" + text + "]"};
  }
  return parse_workers(text);
}

void read_closed_loop(Block& block, Experiment& experiment) {
  load::ClosedLoop loop;
  if (const auto* workers = block.take("workers"); workers != nullptr && workers->is_list()) {
    loop.stages = read_stages(*workers, of_workers, block.mistakes());
  } else {
    loop.workers = block.value("workers", parse_all_workers).value_or(loop.workers);
  }
  loop.think = block.value("think", parse_think).value_or(loop.think);
  loop.fail_fast_pause = block.value("fail_fast_pause", parse_fail_fast_pause);
  experiment.loop = loop;
}

// POST /refunds, or {method: POST, path: /refunds, header: {x-tenant: gold}}
std::optional<load::Endpoint> read_endpoint(const Node& node, Mistakes& mistakes) {
  if (!node.is_map()) {
    return read_value(node, load::parse_endpoint, mistakes);
  }
  if (refuse_cut_text(node, {"method", "path", "header"}, load::parse_endpoint, "this endpoint",
                      mistakes)) {
    return std::nullopt;
  }
  Block block(node, "an endpoint", mistakes);
  const auto method = block.value("method", parse_method).value_or("GET");
  auto endpoint = block.required("path", path_alone([&](const std::string& path) {
                                   return load::parse_endpoint(method + " " + path);
                                 }),
                                 "write {method: POST, path: /refunds}");
  if (const auto* headers = block.take("header")) {
    auto read = read_headers(*headers, load::parse_endpoint_header, mistakes);
    if (endpoint) {
      endpoint->headers = std::move(read);
    }
  }
  return endpoint;
}

}  // namespace

void read_load(const Node& node, Experiment& experiment, Mistakes& mistakes) {
  Block block(node, "a load", mistakes);
  block.only_one_of("rate", "stages", "both say how many calls there are");
  for (const auto* open : {"rate", "stages", "arrival", "max_in_flight"}) {
    block.only_one_of("workers", open, "are a closed and an open loop");
  }
  if (block.take("workers") != nullptr) {
    read_closed_loop(block, experiment);
  } else {
    read_open_loop(block, experiment);
    for (const auto* key : {"think", "fail_fast_pause"}) {
      if (const auto* given = block.take(key)) {
        mistakes.add(given->key_at, {quoted(key) + " is for the workers of a closed loop",
                                     "add workers: 10, or leave it out"});
      }
    }
  }
  experiment.timeout = block.value("timeout", parse_timeout).value_or(experiment.timeout);
  experiment.gap_timeout = block.value("gap_timeout", parse_timeout);
  experiment.stops_at_error_event =
      block.value("stop_at_error_event", parse_yes_or_no).value_or(false);
  block.only_one_of("abandon", "caller_timeout", "both say when callers leave");
  experiment.abandonment = block.value("abandon", load::parse_abandonment);
  if (const auto patience = block.value("caller_timeout", parse_timeout)) {
    experiment.abandonment = load::leaving_after(*patience);
  }
  experiment.instances = block.value("instances", parse_instances).value_or(experiment.instances);
  experiment.threads = block.value("threads", parse_threads).value_or(experiment.threads);
  if (starves_threads(experiment)) {
    block.refuse(
        "'max_in_flight' is divided among all 'threads', and some of them would get no call",
        "allow at least one call for each thread");
  }
}

void read_endpoints(const Node& list, Experiment& experiment, Mistakes& mistakes) {
  experiment.endpoints.clear();
  each_item(list, "endpoints: [/payments, POST /refunds]", mistakes, [&](const Node& item) {
    auto endpoint = read_endpoint(item, mistakes);
    if (!endpoint) {
      return;
    }
    const auto name = endpoint->name();
    if (std::ranges::find(experiment.endpoints, name, &load::Endpoint::name) !=
        experiment.endpoints.end()) {
      mistakes.add(item.at, {quoted(name) + " is named twice", "name each endpoint once"});
      return;
    }
    experiment.endpoints.push_back(*std::move(endpoint));
  });
}

}  // namespace tripcurve::experiment
