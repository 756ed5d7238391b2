#include "cli/command_tree.hpp"

#include "cli/completing_app.hpp"

namespace tripcurve::cli {
namespace {

OptionInfo option_info(const CLI::App& app, const CLI::Option& option) {
  OptionInfo info{.meaning = option.get_description(),
                  .is_argument = option.get_positional(),
                  .is_required = option.get_required(),
                  .is_repeatable = option.get_expected_max() > 1};
  if (info.is_argument) {
    info.names = {option.get_name(true)};
  }
  for (const auto& name : option.get_snames()) {
    info.names.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    info.names.push_back("--" + name);
  }
  if (option.get_type_size() != 0) {
    info.value = option.get_type_name();
  }
  if (const auto* completing = dynamic_cast<const CompletingApp*>(&app)) {
    if (const auto found = completing->completions.find(&option);
        found != completing->completions.end()) {
      info.completion = found->second;
    }
  }
  return info;
}

std::vector<OptionInfo> options_of(const CommandInfo& command, bool arguments) {
  std::vector<OptionInfo> all;
  for (const auto& group : command.groups) {
    for (const auto& option : group.options) {
      if (option.is_argument == arguments) {
        all.push_back(option);
      }
    }
  }
  return all;
}

}  // namespace

CommandInfo command_tree(const CLI::App& app) {
  CommandInfo info{
      .name = app.get_name(), .summary = app.get_description(), .footer = app.get_footer()};
  for (const auto& title : app.get_groups()) {
    OptionGroup group{.title = title};
    for (const auto* option : app.get_options(
             [&](const CLI::Option* candidate) { return candidate->get_group() == title; })) {
      group.options.push_back(option_info(app, *option));
    }
    if (!group.options.empty()) {
      info.groups.push_back(std::move(group));
    }
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    info.commands.push_back(command_tree(*command));
  }
  return info;
}

std::vector<OptionInfo> arguments_of(const CommandInfo& command) {
  return options_of(command, true);
}

std::vector<OptionInfo> flags_of(const CommandInfo& command) { return options_of(command, false); }

std::string usage_of(const CommandInfo& command) {
  if (!command.commands.empty()) {
    return "tripcurve COMMAND [FLAGS]";
  }
  auto usage = "tripcurve " + command.name;
  for (const auto& argument : arguments_of(command)) {
    const auto& name = argument.names.front();
    usage += argument.is_required ? " " + name : " [" + name + "]";
  }
  return usage + " [FLAGS]";
}

}  // namespace tripcurve::cli
