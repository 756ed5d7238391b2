// An experiment from a file. docs/EXPERIMENTS.md tells users the keys; schema.hpp is the same for
// editors.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/node.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::experiment {

// What a file may reach for beside itself.
struct Surroundings {
  // The text of another file that it names, by the path as written there, relative to its own
  // folder.
  std::function<Result<std::string>(const std::string& path)> file{};
  // An environment variable, for ${NAME} and ${NAME:-default}.
  std::function<std::optional<std::string>(const std::string& name)> variable{};
  // The seed of a file that has none.
  std::uint64_t seed = 0;
};

struct Reading {
  Experiment experiment{};      // as far as it could be read; whole when there are no errors
  std::vector<Error> errors{};  // all of them, in the order of the file, each with file:line:column
};

// Reads YAML (JSON is YAML). What the file does not say has the default that --help names.
[[nodiscard]] Reading read_experiment(const std::string& file, std::string_view text,
                                      const Surroundings& surroundings);
// The same of a document that was read already, as `file`.
[[nodiscard]] Reading read_experiment(const std::string& file, document::Node root,
                                      const Surroundings& surroundings);

// Where a path that is written in `file` leads.
[[nodiscard]] std::string beside(const std::string& file, const std::string& path);

}  // namespace tripcurve::experiment
