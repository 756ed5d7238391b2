#include "experiment/read.hpp"

#include <algorithm>
#include <filesystem>

#include "document/read.hpp"
#include "experiment/checks.hpp"
#include "experiment/read_checks.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"
#include "experiment/variables.hpp"

namespace tripcurve::experiment {
namespace {

// What an experiment has that says nothing: the story is for the file to tell.
Experiment unsaid(const std::string& file, std::uint64_t seed) {
  auto experiment = outage();
  experiment.name = std::filesystem::path(file).stem().string();
  experiment.seed = seed;
  experiment.upstream = {};
  experiment.phases.clear();
  experiment.file = file;
  return experiment;
}

std::vector<expect::Expectation> without_places(std::vector<Placed> all) {
  std::vector<expect::Expectation> expectations;
  for (auto& placed : all) {
    expectations.push_back(std::move(placed.expectation));
  }
  return expectations;
}

void read_root(const Node& root, const Surroundings& surroundings, Experiment& experiment,
               Mistakes& mistakes) {
  Block block(root, "an experiment", mistakes);
  experiment.name = block.text("name").value_or(experiment.name);
  experiment.description = block.text("description").value_or("");
  experiment.seed = block.value("seed", parse_seed).value_or(experiment.seed);
  if (const auto* upstream = block.take("upstream")) {
    read_upstream(*upstream, surroundings, experiment, mistakes);
  }
  const auto* phases = block.take("phases");
  if (phases != nullptr) {
    read_phases(*phases, surroundings, experiment, mistakes);
  } else if (root.is_map()) {
    block.refuse("an experiment needs 'phases'",
                 "write phases: ['healthy 5s', 'outage 10s errors=100%', 'recovered 5s']");
  }
  if (const auto* endpoints = block.take("endpoints")) {
    read_endpoints(*endpoints, experiment, mistakes);
  }
  const auto* load = block.take("load");
  if (load != nullptr) {
    read_load(*load, experiment, mistakes);
  }
  const auto* client = block.take("client");
  if (client != nullptr) {
    const bool has_timeout = load != nullptr && load->find("timeout") != nullptr;
    read_client(*client, has_timeout, surroundings, experiment, mistakes);
    if (const auto error = mistakes.size() == 0 ? pointless_versus(experiment) : std::nullopt) {
      mistakes.add(client->find("versus")->at, *error);
    }
    if (const auto error = divided_instance(experiment)) {
      mistakes.add(load->find("threads")->at, *error);
    }
  }
  if (const auto* topology = block.take("topology")) {
    read_topology(*topology, surroundings, experiment, mistakes);
  }
  if (const auto* through = block.take("through")) {
    read_through(*through, client, surroundings, experiment, mistakes);
    if (!experiment.topology.empty()) {
      mistakes.add(through->key_at, {"the load goes through a service of yours, so a topology has "
                                     "no place in the experiment",
                                     "leave out 'through' or 'topology'"});
    }
  }
  std::vector<Placed> baseline;
  std::vector<Placed> expectations;
  const bool sound = mistakes.size() == 0;  // the names that expectations may use are all known
  if (const auto* list = block.take("baseline")) {
    baseline = read_expectations(*list, mistakes);
  }
  if (const auto* list = block.take("expect")) {
    expectations = read_expectations(*list, mistakes);
  }
  if (const auto* outputs = block.take("outputs")) {
    read_outputs(*outputs, experiment, mistakes);
  }
  if (sound && phases != nullptr) {
    const auto before = mistakes.size();
    check_phases(*phases, experiment, mistakes);
    if (mistakes.size() == before) {
      check_baseline(baseline, experiment, mistakes);
      check_expectations(expectations, experiment, mistakes);
    }
  }
  experiment.baseline = without_places(std::move(baseline));
  experiment.expectations = without_places(std::move(expectations));
}

}  // namespace

std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).string();
}

Reading read_experiment(const std::string& file, Node root, const Surroundings& surroundings) {
  Reading reading{.experiment = unsaid(file, surroundings.seed)};
  Mistakes mistakes;
  auto& used = reading.experiment.variables;
  const auto variable = [&](const std::string& name) {
    auto value = surroundings.variable ? surroundings.variable(name) : std::nullopt;
    if (value && std::ranges::find(used, name, &Experiment::Variable::first) == used.end()) {
      used.emplace_back(name, *value);
    }
    return value;
  };
  substitute(root, variable, mistakes);
  read_root(root, surroundings, reading.experiment, mistakes);
  reading.errors = mistakes.in_order();
  return reading;
}

Reading read_experiment(const std::string& file, std::string_view text,
                        const Surroundings& surroundings) {
  Reading reading{.experiment = unsaid(file, surroundings.seed)};
  auto documents = document::read(file, text);
  if (!documents) {
    reading.errors.push_back(documents.error());
    return reading;
  }
  auto roots = *std::move(documents);
  if (roots.size() != 1) {
    reading.errors.push_back(
        roots.empty() ? Error{file + ": the file is empty",
                              "tripcurve init writes an experiment to start from"}
                      : roots[1].at.error(
                            "a second document begins here, but an experiment is a single document",
                            "put each into its own file"));
    return reading;
  }
  return read_experiment(file, std::move(roots.front()), surroundings);
}

}  // namespace tripcurve::experiment
