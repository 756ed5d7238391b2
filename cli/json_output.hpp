// --json FILE of the commands whose result is no run: list, lint, diff and import. docs/json.md
// lists the fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/exit_code.hpp"

namespace tripcurve::cli {

using Json = nlohmann::ordered_json;

void add_json_flag(CLI::App& command, std::optional<std::string>& path);

// A file that a flag names, and what goes into it.
struct NamedOutput {
  std::string flag;
  std::string path;
  std::string content;
};

// The result for people on standard output, and files beside it; where one of them is standard
// output, people are told on standard error. Returns `code`, or what kept a file from being
// written.
[[nodiscard]] ExitCode tell(const std::string& text, const std::vector<NamedOutput>& files,
                            ExitCode code);

// The result for people on standard output and, if `path` is given, as JSON there; where that is
// standard output, people are told on standard error. Returns `code`, or what kept the file from
// being written.
[[nodiscard]] ExitCode tell(const std::string& text, const Json& json,
                            const std::optional<std::string>& path, ExitCode code);

}  // namespace tripcurve::cli
