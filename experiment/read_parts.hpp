// The parts of an experiment file, a function each. Every one takes what it understands, leaves the
// rest of the experiment alone, and adds what is wrong to the mistakes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"
#include "core/text.hpp"
#include "experiment/experiment.hpp"
#include "experiment/read.hpp"
#include "experiment/read_block.hpp"
#include "importer/import.hpp"

namespace tripcurve::experiment {

// header: {x-tenant: gold}, of a match or an endpoint.
using ParseHeader = Result<Header> (*)(std::string_view name, std::string_view value);
[[nodiscard]] std::vector<Header> read_headers(const Node& node, ParseHeader parse,
                                               Mistakes& mistakes);

// `parse` of a path that has a key of its own beside that of its method, for Block::value().
template <typename Parse>
auto path_alone(Parse parse) {
  return [parse](const std::string& text) -> decltype(parse(text)) {
    const auto leading = leading_method(text);
    const auto method = leading.empty() ? trailing_method(text) : leading;
    if (!method.empty()) {
      return Error{tripcurve::quoted(text) + " is not a path: the method has a key of its own",
                   "write method: " + std::string(method) + " beside it"};
    }
    return parse(text);
  };
}

// upstream: how it behaves normally.
void read_upstream(const Node& node, const Surroundings& surroundings, Experiment& experiment,
                   Mistakes& mistakes);

// phases: what changes when.
void read_phases(const Node& list, const Surroundings& surroundings, Experiment& experiment,
                 Mistakes& mistakes);

// What reads the files that a latency names, which lie beside the experiment's.
[[nodiscard]] faults::ReadRecorded recorded_beside(const std::string& file,
                                                   const Surroundings& surroundings);

// endpoints: what is called.
void read_endpoints(const Node& list, Experiment& experiment, Mistakes& mistakes);

// load: how much, and how long a caller waits.
void read_load(const Node& node, Experiment& experiment, Mistakes& mistakes);

// client: the breaker. One that is imported may bring the client's timeout, which the load's own
// goes before.
void read_client(const Node& node, bool has_timeout, const Surroundings& surroundings,
                 Experiment& experiment, Mistakes& mistakes);

// A breaker, and what its library's file brings along.
struct ReadBreaker {
  breaker::Choice choice;
  std::optional<importer::Imported> imported{};
};
[[nodiscard]] std::optional<ReadBreaker> read_breaker(const Node& node,
                                                      const Surroundings& surroundings,
                                                      Mistakes& mistakes);

// policies: [fallback, "retry,attempts=3", breaker, timeout], the outermost first.
[[nodiscard]] std::vector<client::PolicyChoice> read_policies(const Node& list, Mistakes& mistakes);

// counts: {429: failure, 4xx: ignored}, or the same as one text.
[[nodiscard]] OutcomeChanges read_counts(const Node& node, Mistakes& mistakes);

// topology: the services between the load and the upstream. After endpoints.
void read_topology(const Node& node, const Surroundings& surroundings, Experiment& experiment,
                   Mistakes& mistakes);

// through: a service that the load goes through. `client` may be null. After the client.
void read_through(const Node& node, const Node* client, const Surroundings& surroundings,
                  Experiment& experiment, Mistakes& mistakes);

// through.dependencies: the first is the experiment's upstream. After the upstream and the phases.
void read_dependencies(const Node& node, const Surroundings& surroundings,
                       const Experiment& experiment, Through& through, Mistakes& mistakes);

// through.states: one source of what the service says itself, or a list of them.
[[nodiscard]] std::vector<claims::Source> read_states(const Node& node, Mistakes& mistakes);

// outputs: what is written where.
void read_outputs(const Node& node, Experiment& experiment, Mistakes& mistakes);

// The words of outputs.
[[nodiscard]] std::vector<std::string_view> output_formats();

// An expectation, and where it stands.
struct Placed {
  expect::Expectation expectation{};
  Place at{};
};

// expect or baseline: what must hold.
[[nodiscard]] std::vector<Placed> read_expectations(const Node& list, Mistakes& mistakes);

}  // namespace tripcurve::experiment
