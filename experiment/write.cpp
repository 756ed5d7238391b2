// The counterpart of read_*.cpp, block by block and in the order of docs/EXPERIMENTS.md.
#include "experiment/write.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "claims/kind.hpp"
#include "core/units.hpp"
#include "experiment/values.hpp"
#include "experiment/variables.hpp"

namespace tripcurve::experiment {
namespace {

using Json = nlohmann::ordered_json;

// Programs that hold every number as a double, jq among them, keep no larger one.
constexpr std::uint64_t most_exact = std::uint64_t{1} << 53U;

Json to_value(std::uint64_t number) {
  return number <= most_exact ? Json(number) : Json(std::to_string(number));
}

// Adds the text of what is said.
template <typename T>
void add(Json& block, const char* key, const std::optional<T>& said) {
  if (said) {
    block[key] = said->text();
  }
}

void add(Json& block, const std::vector<Header>& headers) {
  for (const auto& [name, value] : headers) {
    block["header"][name] = value;
  }
}

// As text where that says it: a block cannot name a field twice, and a text has no room for a value
// with blanks.
Json to_value(const faults::Match& match) {
  const auto text = match.text();
  if (const auto read = faults::parse_match(text); read && *read == match) {
    return text;
  }
  auto block = Json::object();
  if (match.method) {
    block["method"] = *match.method;
  }
  if (match.path) {
    block["path"] = *match.path;
  }
  add(block, match.headers);
  return block;
}

void add(Json& block, const faults::ShapeChange& shape) {
  add(block, "size", shape.size);
  add(block, "bandwidth", shape.bandwidth);
  add(block, "body", shape.body);
  add(block, "stream", shape.stream);
}

Json to_value(const faults::Rule& rule) {
  Json block{{"match", to_value(rule.match)}};
  if (rule.also) {
    block["also"] = true;
  }
  add(block, "latency", rule.latency);
  add(block, "errors", rule.errors);
  add(block, rule.shape);
  return block;
}

Json to_value(const faults::Upstream& upstream) {
  Json block{{"latency", upstream.normal.latency.text()},
             {"errors", upstream.normal.errors.text()}};
  add(block, faults::changed(upstream.normal.shape));
  if (upstream.limit.limits()) {
    block["rate_limit"] = upstream.limit.text();
  }
  if (upstream.capacity.limits()) {
    block["capacity"] = upstream.capacity.text();
  }
  if (upstream.tls) {
    block["tls"] = true;
  }
  for (const auto& rule : upstream.rules) {
    block["rules"].push_back(to_value(rule));
  }
  return block;
}

Json to_value(const faults::PhaseSpec& phase) {
  Json block{{"name", phase.name}, {"for", format_duration(phase.length)}};
  add(block, "latency", phase.latency);
  add(block, "errors", phase.errors);
  add(block, phase.shape);
  add(block, "rate_limit", phase.limit);
  add(block, "capacity", phase.capacity);
  if (phase.on) {
    block["on"] = to_value(*phase.on);
  }
  return block;
}

Json to_value(const load::Endpoint& endpoint) {
  if (endpoint.headers.empty()) {
    return endpoint.name();
  }
  Json block{{"method", endpoint.method}, {"path", endpoint.path}};
  add(block, endpoint.headers);
  return block;
}

Json to_value(const load::OpenLoop& loop) {
  auto block = Json::object();
  if (loop.stages.empty()) {
    block["rate"] = format_rate(loop.rate);
  }
  for (const auto& stage : loop.stages) {
    block["stages"].push_back(load::format_stage(stage));
  }
  block["arrival"] = arrival_words()[static_cast<std::size_t>(loop.arrival)];
  return block;
}

Json to_value(const load::ClosedLoop& loop) {
  auto block = Json::object();
  if (loop.stages.empty()) {
    block["workers"] = loop.workers;
  }
  for (const auto& stage : loop.stages) {
    block["workers"].push_back(load::format_stage(stage));
  }
  block["think"] = loop.think.text();
  if (loop.fail_fast_pause) {
    block["fail_fast_pause"] = format_duration(*loop.fail_fast_pause);
  }
  return block;
}

Json load_block(const Experiment& experiment) {
  auto block = std::visit([](const auto& loop) { return to_value(loop); }, experiment.loop);
  if (std::holds_alternative<load::OpenLoop>(experiment.loop)) {
    block["max_in_flight"] = experiment.max_in_flight;
  }
  block["timeout"] = format_duration(experiment.timeout);
  if (experiment.gap_timeout) {
    block["gap_timeout"] = format_duration(*experiment.gap_timeout);
  }
  if (experiment.stops_at_error_event) {
    block["stop_at_error_event"] = true;
  }
  if (experiment.abandonment) {
    block["abandon"] = load::format_abandonment(*experiment.abandonment);
  }
  block["instances"] = experiment.instances;
  block["threads"] = experiment.threads;
  return block;
}

// What was given, and not the defaults: some dialects refuse one setting beside another, and only
// what was given tells which was meant.
Json to_value(const breaker::Choice& choice) {
  Json block{{"dialect", choice.dialect().name}};
  for (const auto& setting : choice.settings()) {
    if (setting.given) {
      block[setting.key] = setting.value;
    }
  }
  return block;
}

Json client_block(const Experiment& experiment) {
  auto block = Json::object();
  if (!experiment.through) {  // which has the breaker
    block["breaker"] = to_value(experiment.breaker);
    block["breaker_per"] = scope_words()[static_cast<std::size_t>(experiment.scope)];
    if (experiment.versus) {
      const auto& other = experiment.versus->breaker;
      block["versus"] = other ? to_value(*other) : Json(Twin::shared);
    }
  }
  for (const auto& policy : experiment.policies) {
    block["policies"].push_back(policy.text());
  }
  const auto texts = counts_texts(experiment);
  for (const auto& [key, text] :
       {std::pair("counts", &texts.counts), std::pair("breaker_counts", &texts.breaker_counts)}) {
    if (!text->empty()) {
      block[key] = *text;
    }
  }
  return block;
}

Json to_value(const topology::Link& link) {
  Json block{{"breaker", to_value(link.breaker)}};
  if (link.timeout) {
    block["timeout"] = format_duration(*link.timeout);
  }
  for (const auto& policy : link.policies) {
    block["policies"].push_back(policy.text());
  }
  if (link.breaker_counts) {
    block["breaker_counts"] = format_outcome_changes(*link.breaker_counts);
  }
  return block;
}

// What a service does for a call, into the block of the service or of the route.
void add_route(Json& block, const topology::Route& route, const topology::Topology& topology,
               const topology::Service& service) {
  block["work"] = route.work.text();
  for (const auto& call : route.calls) {
    const auto name = std::string(topology.name(service.links[call.link].to));
    block["calls"].push_back(call.optional ? Json{{"service", name}, {"optional", true}}
                                           : Json(name));
  }
  block["order"] = order_words()[static_cast<std::size_t>(route.order)];
  block["needs"] = needs_words()[static_cast<std::size_t>(route.needs)];
}

Json to_value(const topology::Topology& topology) {
  auto services = Json::object();
  for (const auto& service : topology.services) {
    auto& block = services[service.name] = Json::object();
    if (service.workers) {
      block["workers"] = *service.workers;
    }
    if (service.queue) {
      block["queue"] = *service.queue;
    }
    for (const auto& route : service.routes) {
      auto& place = route.path.empty() ? block : block["routes"][route.path];
      add_route(place, route, topology, service);
    }
    for (const auto& link : service.links) {
      block["clients"][std::string(topology.name(link.to))] = to_value(link);
    }
  }
  return services;
}

Json to_value(const Start& start) {
  Json block{{"command", start.command}};
  for (const auto& [name, value] : start.environment) {
    block["environment"][name] = value;
  }
  if (!start.folder.empty()) {
    block["folder"] = start.folder;
  }
  block["output"] = start.output;
  if (!start.ready_url.empty()) {
    block["ready"]["url"] = start.ready_url;
  }
  if (!start.ready_line.empty()) {
    block["ready"]["line"] = start.ready_line;
  }
  if (start.ready_port != 0) {
    block["ready"]["port"] = start.ready_port;
  }
  block["ready"]["within"] = format_duration(start.ready_within);
  block["grace"] = format_duration(start.grace);
  return block;
}

Json to_value(const Dependency& dependency) {
  Json block{{"listen", dependency.listen}};
  if (dependency.upstream) {
    block["upstream"] = to_value(*dependency.upstream);
  }
  for (const auto& phase : dependency.phases) {
    block["phases"].push_back(to_value(phase));
  }
  if (dependency.like) {
    block["like"] = to_value(*dependency.like);
  }
  return block;
}

Json to_value(const claims::Source& source) {
  Json block{{"kind", std::string(source.kind->name)},
             {"url", source.url},
             {"every", format_duration(source.every)}};
  for (const auto& [key, text] :
       {std::pair("breaker", &source.breaker), std::pair("metric", &source.metric),
        std::pair("label", &source.state_label)}) {
    if (!text->empty()) {
      block[key] = *text;
    }
  }
  if (!source.values.empty()) {
    block["values"] = claims::format_meanings(source.values);
  }
  return block;
}

Json to_value(const Through& through, const std::optional<Twin>& like) {
  Json block{{"url", through.url}};
  if (through.name.empty()) {
    block["dependency"] = {{"listen", through.listen}};
  } else {
    auto& all = block["dependencies"] = Json::object();
    all[through.name] = {{"listen", through.listen}};
    for (const auto& dependency : through.others) {
      all[dependency.name] = to_value(dependency);
    }
  }
  if (!through.instances.empty()) {
    block["instances"] = through.instances;
  }
  if (!through.id_header.empty()) {
    block["id_header"] = through.id_header;
  }
  if (like && like->breaker) {
    block["like"] = to_value(*like->breaker);
  }
  for (const auto& source : through.states) {
    block["states"].push_back(to_value(source));
  }
  if (through.start) {
    block["start"] = to_value(*through.start);
  }
  return block;
}

Json to_value(const expect::Expectation& expectation) {
  const auto& [phase, endpoint, breaker, service, link] = expectation.scope;
  auto block = Json::object();
  for (const auto& [key, name] :
       {std::pair("phase", &phase), std::pair("endpoint", &endpoint),
        std::pair("breaker", &breaker), std::pair("service", &service), std::pair("link", &link)}) {
    if (!name->empty()) {
      block[key] = *name;
    }
  }
  if (block.empty()) {
    return expectation.text();
  }
  block["that"] = expectation.text();
  return block;
}

template <typename T>
void add_list(Json& root, const char* key, const std::vector<T>& items) {
  for (const auto& item : items) {
    root[key].push_back(to_value(item));
  }
}

// What the reader would take for a variable is written as plain text.
void escape_variables(Json& value) {
  if (value.is_string()) {
    value = without_variables(value.get_ref<const std::string&>());
  }
  if (value.is_structured()) {
    for (auto& child : value) {
      escape_variables(child);
    }
  }
}

}  // namespace

std::string write_experiment(const Experiment& experiment) {
  Json root{{"name", experiment.name}};
  if (!experiment.description.empty()) {
    root["description"] = experiment.description;
  }
  root["seed"] = to_value(experiment.seed);
  root["upstream"] = to_value(experiment.upstream);
  add_list(root, "phases", experiment.phases);
  add_list(root, "endpoints", experiment.endpoints);
  root["load"] = load_block(experiment);
  if (auto client = client_block(experiment); !client.empty()) {
    root["client"] = std::move(client);
  }
  if (experiment.through) {
    root["through"] = to_value(*experiment.through, experiment.versus);
  }
  if (!experiment.topology.empty()) {
    root["topology"] = to_value(experiment.topology);
  }
  add_list(root, "baseline", experiment.baseline);
  add_list(root, "expect", experiment.expectations);
  escape_variables(root);
  return root.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace tripcurve::experiment
