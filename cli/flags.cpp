#include "cli/flags.hpp"

#include <CLI/CLI.hpp>

#include "cli/completing_app.hpp"

namespace tripcurve::cli {
namespace {

CLI::Option& option(CLI::App& command, std::string_view name, Target target,
                    std::string_view meaning, Completion completion) {
  auto& option = *std::visit(
      [&](auto text) {
        return command.add_option(std::string(name), text.get(), std::string(meaning));
      },
      target);
  dynamic_cast<CompletingApp&>(command).completions[&option] = std::move(completion);
  return option;
}

// The name says it all; CLI11 would add what kind of value it is.
CLI::Option& argument(CLI::App& command, std::string_view name, Target target,
                      std::string_view meaning, Completion completion) {
  return *option(command, name, target, meaning, std::move(completion))
              .type_name("")
              ->group("Arguments");
}

}  // namespace

CLI::App& add_command(CLI::App& app, std::string_view name, std::string_view summary,
                      std::string_view footer) {
  auto* command = app.add_subcommand(
      std::make_shared<CompletingApp>(std::string(summary), std::string(name), app));
  command->footer(std::string(footer));
  return *command;
}

void add_argument(CLI::App& command, std::string_view name, Target target, std::string_view meaning,
                  Completion completion) {
  argument(command, name, target, meaning, std::move(completion)).required();
}

void add_optional_argument(CLI::App& command, std::string_view name, Target target,
                           std::string_view meaning, Completion completion) {
  argument(command, name, target, meaning, std::move(completion));
}

void FlagGroup::operator()(std::string_view name, Target target, std::string_view type,
                           std::string_view meaning, Completion completion) const {
  option(command_, name, target, meaning, std::move(completion))
      .type_name(std::string(type))
      ->group(title_)
      ->allow_extra_args(false);
}

void FlagGroup::with_optional_text(std::string_view name, std::optional<std::string>& text,
                                   std::string_view type, std::string_view meaning) const {
  option(command_, name, text, meaning, {})
      .type_name(std::string(type))
      ->group(title_)
      ->expected(0, 1);
}

void FlagGroup::operator()(std::string_view name, bool& given, std::string_view meaning) const {
  command_.add_flag(std::string(name), given, std::string(meaning))
      ->group(title_)
      ->disable_flag_override();
}

}  // namespace tripcurve::cli
