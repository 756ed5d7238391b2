// The commands and what may be typed after each, as plain values, read from what was declared.
// Help, manual pages and shell completions are all made of them.
#pragma once

#include <string>
#include <vector>

#include "cli/flags.hpp"

namespace tripcurve::cli {

struct OptionInfo {
  std::vector<std::string> names{};  // "-h", "--help"; an argument has one: "FILE"
  std::string value{};  // "TIME"; empty if it takes none, "[ADDR]" if it may be left out
  std::string meaning{};
  bool is_argument = false;
  bool is_required = false;
  bool is_repeatable = false;
  Completion completion{};
};

struct OptionGroup {
  std::string title{};
  std::vector<OptionInfo> options{};
};

struct CommandInfo {
  std::string name{};
  std::string summary{};
  std::string footer{};  // ends its help: remarks, examples
  std::vector<OptionGroup> groups{};
  std::vector<CommandInfo> commands{};  // empty but for tripcurve itself
};

[[nodiscard]] CommandInfo command_tree(const CLI::App& app);

// Its arguments, in their order.
[[nodiscard]] std::vector<OptionInfo> arguments_of(const CommandInfo& command);

// All others.
[[nodiscard]] std::vector<OptionInfo> flags_of(const CommandInfo& command);

// What is typed: "tripcurve run [FILE] [FLAGS]".
[[nodiscard]] std::string usage_of(const CommandInfo& command);

}  // namespace tripcurve::cli
