// through.dependencies: where the service expects each of its dependencies, and what they do.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/checks.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

Duration length_of(const std::vector<faults::PhaseSpec>& phases) {
  Duration length{};
  for (const auto& phase : phases) {
    length += phase.length;
  }
  return length;
}

// What a dependency does by itself, and the breaker for it, where it says so.
void read_behaviour(Block& block, const Surroundings& surroundings, const Experiment& experiment,
                    Dependency& dependency, Mistakes& mistakes) {
  auto own = experiment;  // what is read refers to the same files
  if (const auto* upstream = block.take("upstream")) {
    own.upstream = {};
    read_upstream(*upstream, surroundings, own, mistakes);
    dependency.upstream = own.upstream;
  }
  if (const auto* like = block.take("like")) {
    if (auto breaker = read_breaker(*like, surroundings, mistakes)) {
      dependency.like = std::move(breaker->choice);
    }
  }
  const auto* phases = block.take("phases");
  if (phases == nullptr) {
    return;
  }
  own.phases.clear();
  read_phases(*phases, surroundings, own, mistakes);
  dependency.phases = own.phases;
  if (const auto error = faults::contradiction(own.upstream, own.phases)) {
    mistakes.add(phases->key_at, *error);
  }
  const auto wanted = length_of(experiment.phases);
  if (const auto given = length_of(own.phases); !own.phases.empty() && given != wanted) {
    mistakes.add(
        phases->key_at,
        {fmt::format("the phases of this dependency last {}, and those of the experiment {}",
                     format_duration(given), format_duration(wanted)),
         given < wanted ? "make the last one " + format_duration(wanted - given) + " longer"
                        : "make them " + format_duration(given - wanted) + " shorter"});
  }
}

void refuse_same(const Node& node, const Dependency& dependency, const Through& through,
                 Mistakes& mistakes) {
  const bool taken =
      dependency.listen != 0 &&
      (dependency.listen == through.listen ||
       std::ranges::count(through.others, dependency.listen, &Dependency::listen) > 0);
  if (taken) {
    mistakes.add(node.at, {fmt::format("another dependency listens on port {}", dependency.listen),
                           "give each a port of its own"});
  }
}

}  // namespace

void read_dependencies(const Node& node, const Surroundings& surroundings,
                       const Experiment& experiment, Through& through, Mistakes& mistakes) {
  if (!node.is_map() || node.children.empty()) {
    mistakes.add(node.key_at,
                 {"'dependencies' takes a block for each, by its name",
                  "write dependencies: {payments: {listen: 9000}, stock: {listen: 9001}}"});
    return;
  }
  for (const auto& child : node.children) {
    Dependency dependency{.name = child.key};
    Block block(child, "a dependency", mistakes);
    dependency.listen =
        block.required("listen", parse_port, "write listen: 9000").value_or(std::uint16_t{0});
    const bool first = &child == &node.children.front();
    if (first) {
      for (const auto* key : {"upstream", "phases"}) {
        if (const auto* own = block.take(key)) {
          mistakes.add(own->key_at, {"the first dependency does what the experiment's own '" +
                                         std::string(key) + "' says",
                                     "leave it out, or name another dependency first"});
        }
      }
      if (const auto* like = block.take("like")) {
        mistakes.add(like->key_at,
                     {"through.like says what breaker the service should have for the first "
                      "dependency",
                      "write it there, beside 'dependencies'"});
      }
      through.name = dependency.name;
      through.listen = dependency.listen;
      continue;
    }
    read_behaviour(block, surroundings, experiment, dependency, mistakes);
    refuse_same(child, dependency, through, mistakes);
    through.others.push_back(std::move(dependency));
  }
}

}  // namespace tripcurve::experiment
