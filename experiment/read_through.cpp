// through: a service that the load goes through.
#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"
#include "load/endpoint.hpp"

namespace tripcurve::experiment {
namespace {

Result<std::string> parse_any_text(const std::string& text) { return text; }

Result<std::string> parse_http_url(const std::string& text) {
  if (text.starts_with("http://") || text.starts_with("https://")) {
    return text;
  }
  return Error{quoted(text) + " is no URL that can be called", "write http://127.0.0.1:8080/"};
}

Result<std::string> parse_header_name(const std::string& text) {
  const auto header = parse_header(text, "x");
  return header ? Result(header->name) : header.error();
}

void read_environment(const Node& node, Start& start, Mistakes& mistakes) {
  if (!node.is_map()) {
    mistakes.add(node.key_at, {"'environment' takes a block of names and values",
                               "write environment: {PORT: 8080}"});
    return;
  }
  for (const auto& child : node.children) {
    const auto value = read_value(child, parse_any_text, mistakes);
    if (value) {
      start.environment.emplace_back(child.key, *value);
    }
  }
}

void read_ready(const Node& node, Start& start, Mistakes& mistakes) {
  Block block(node, "'ready'", mistakes);
  start.ready_url = block.value("url", parse_http_url).value_or("");
  start.ready_line = block.text("line").value_or("");
  start.ready_port = block.value("port", parse_port).value_or(std::uint16_t{0});
  start.ready_within = block.value("within", parse_timeout).value_or(start.ready_within);
}

Start read_start(const Node& node, Mistakes& mistakes) {
  Start start;
  if (node.is_scalar()) {
    start.command = read_value(node, parse_any_text, mistakes).value_or("");
    return start;
  }
  Block block(node, "'start'", mistakes);
  start.command =
      block.required("command", parse_any_text, "write command: python3 service.py").value_or("");
  start.folder = block.text("folder").value_or("");
  start.output = block.text("output").value_or(start.output);
  start.grace = block.value("grace", parse_timeout).value_or(start.grace);
  if (const auto* environment = block.take("environment")) {
    read_environment(*environment, start, mistakes);
  }
  if (const auto* ready = block.take("ready")) {
    read_ready(*ready, start, mistakes);
  }
  return start;
}

// "address", or the name of a header.
Result<std::string> parse_instance_mark(const std::string& text) {
  return same_word(text, "address") ? Result<std::string>("address") : parse_header_name(text);
}

}  // namespace

void read_through(const Node& node, const Node* client, const Surroundings& surroundings,
                  Experiment& experiment, Mistakes& mistakes) {
  Block block(node, "'through'", mistakes);
  Through through;
  through.url =
      block.required("url", parse_http_url, "write url: http://127.0.0.1:8080/").value_or("");
  block.only_one_of("dependency", "dependencies",
                    "both say where the service finds its dependencies");
  if (const auto* dependencies = block.take("dependencies")) {
    read_dependencies(*dependencies, surroundings, experiment, through, mistakes);
  } else if (const auto* dependency = block.take("dependency")) {
    Block listening(*dependency, "'dependency'", mistakes);
    through.listen = listening.required("listen", parse_port, "write dependency: {listen: 9000}")
                         .value_or(std::uint16_t{0});
  } else if (node.is_map()) {
    block.refuse("'through' needs 'dependency'", "write dependency: {listen: 9000}");
  }
  through.id_header = block.value("id_header", parse_header_name).value_or("");
  through.instances = block.value("instances", parse_instance_mark).value_or("");
  if (const auto* like = block.take("like")) {
    if (auto breaker = read_breaker(*like, surroundings, mistakes)) {
      experiment.versus = Twin{std::move(breaker->choice)};
    }
  }
  if (const auto* start = block.take("start")) {
    through.start = read_start(*start, mistakes);
  }
  if (const auto* states = block.take("states")) {
    through.states = read_states(*states, mistakes);
  }
  for (const auto* key : {"breaker", "versus", "breaker_per"}) {
    if (const auto* own = client == nullptr ? nullptr : client->find(key)) {
      mistakes.add(own->key_at, {"the breaker is the one that the service has, so the client of an "
                                 "experiment with 'through' has no '" +
                                     std::string(key) + "'",
                                 "leave it out; through.like says what breaker the service should "
                                 "have"});
    }
  }
  experiment.breaker = *breaker::parse_choice("none");
  experiment.counting.imported.reset();
  experiment.through = std::move(through);
}

}  // namespace tripcurve::experiment
