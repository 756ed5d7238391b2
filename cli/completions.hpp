// Scripts that make a shell complete the commands, their flags and values. Pure functions of what
// is declared: a new command, flag or dialect is completed without a line here.
#pragma once

#include <string>

#include "cli/command_tree.hpp"

namespace tripcurve::cli {

[[nodiscard]] std::string bash_completion(const CommandInfo& app);
[[nodiscard]] std::string zsh_completion(const CommandInfo& app);
[[nodiscard]] std::string fish_completion(const CommandInfo& app);

}  // namespace tripcurve::cli
