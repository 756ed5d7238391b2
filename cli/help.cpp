#include "cli/help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/version.hpp"

namespace tripcurve::cli {
namespace {

constexpr int flag_column = 24;

std::string flag_line(const CLI::Option& option) {
  const auto type = option.get_type_size() == 0 ? "" : " " + option.get_type_name();
  const auto name = option.get_name(false, true) + type;
  return fmt::format("  {:<{}}{}\n", name, flag_column, option.get_description());
}

std::string help(const CLI::App* app, const std::string& /*name*/, CLI::AppFormatMode /*mode*/) {
  const bool top = app->get_parent() == nullptr;
  std::string arguments;
  for (const auto* option : app->get_options()) {
    if (option->get_positional()) {
      const auto name = option->get_name(true);
      arguments += option->get_required() ? " " + name : " [" + name + "]";
    }
  }
  auto text = app->get_description() + "\n\nUsage: tripcurve " +
              (top ? "COMMAND [FLAGS]" : app->get_name() + arguments + " [FLAGS]") + "\n\n";
  if (top) {
    text += "Commands:\n";
    for (const auto* command : app->get_subcommands([](const CLI::App*) { return true; })) {
      text +=
          fmt::format("  {:<{}}{}\n", command->get_name(), flag_column, command->get_description());
    }
  }
  for (const auto& group : app->get_groups()) {
    const auto options =
        app->get_options([&](const CLI::Option* option) { return option->get_group() == group; });
    if (!options.empty()) {
      text += group + ":\n";
    }
    for (const auto* option : options) {
      text += flag_line(*option);
    }
  }
  return text + "\n" + app->get_footer() + "\n";
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
