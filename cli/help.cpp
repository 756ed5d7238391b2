#include "cli/help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_tree.hpp"
#include "cli/version.hpp"

namespace tripcurve::cli {
namespace {

constexpr int flag_column = 24;

std::string flag_line(const OptionInfo& option) {
  const auto value = option.value.empty() ? "" : " " + option.value;
  return fmt::format("  {:<{}}{}\n", fmt::format("{}{}", fmt::join(option.names, ","), value),
                     flag_column, option.meaning);
}

std::string help(const CLI::App* app, const std::string& /*name*/, CLI::AppFormatMode /*mode*/) {
  const auto command = command_tree(*app);
  auto text = command.summary + "\n\nUsage: " + usage_of(command) + "\n\n";
  if (!command.commands.empty()) {
    text += "Commands:\n";
    for (const auto& known : command.commands) {
      text += fmt::format("  {:<{}}{}\n", known.name, flag_column, known.summary);
    }
  }
  for (const auto& group : command.groups) {
    text += group.title + ":\n";
    for (const auto& option : group.options) {
      text += flag_line(option);
    }
  }
  return text + "\n" + command.footer + "\n";
}

}  // namespace

void prepare_help(CLI::App& app) {
  app.set_help_flag("-h,--help", "show this help, or the help of a command")->group("Other");
  app.set_version_flag("--version", std::string("tripcurve ") + version, "show the version")
      ->group("Other");
  app.footer(
      "Examples:\n"
      "  tripcurve run                        watch a breaker through a 20 s outage\n"
      "  tripcurve init && tripcurve run      the same from a file that you can change\n"
      "  tripcurve simulate --seed 1          the same in virtual time, in moments\n"
      "  tripcurve upstream --errors 5%       start a server that fails on purpose\n"
      "  tripcurve lint --breaker polly       find settings that cannot work\n\n"
      "See also tripcurve COMMAND --help. Every number has a unit: 250ms, 5%, 200/s.\n"
      "Exit codes: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 environment, 5 stopped.");
  const auto formatter = std::make_shared<CLI::FormatterLambda>(help);
  app.formatter(formatter);
  app.allow_extras();
  for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->formatter(formatter);
    command->allow_extras();
    command->set_help_flag("-h,--help", "show this help")->group("Other");
  }
}

}  // namespace tripcurve::cli
