// A command that also knows what its values are completed with, for which CLI11 has no place.
// For those that include CLI11: flags.cpp writes it down, command_tree.cpp reads it.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <utility>

#include "cli/flags.hpp"

namespace tripcurve::cli {

class CompletingApp : public CLI::App {
 public:
  CompletingApp(std::string summary, std::string name, CLI::App& parent)
      : App(std::move(summary), std::move(name), &parent) {}

  std::map<const CLI::Option*, Completion> completions;
};

}  // namespace tripcurve::cli
