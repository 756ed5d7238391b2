// Manual pages in the man(7) language: tripcurve(1), and one for each command. Pure functions of
// what is declared.
#pragma once

#include <string>

#include "cli/command_tree.hpp"

namespace tripcurve::cli {

// "tripcurve" or "tripcurve-run": of the page, and with ".1" behind it of its file.
[[nodiscard]] std::string page_name(const CommandInfo& command);

// `command` is `app` itself or one of its commands.
[[nodiscard]] std::string man_page(const CommandInfo& app, const CommandInfo& command);

}  // namespace tripcurve::cli
