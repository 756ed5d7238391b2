// tripcurve man: the manual pages, one for each command.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/man_page.hpp"
#include "cli/output_file.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

struct ManFlags {
  std::optional<std::string> command;
  std::optional<std::string> folder;
};

std::vector<std::string_view> command_names(const CommandInfo& tree) {
  std::vector<std::string_view> names;
  for (const auto& command : tree.commands) {
    names.push_back(command.name);
  }
  return names;
}

void write_all(const CommandInfo& tree, const std::string& folder) {
  const auto write = [&](const CommandInfo& command) {
    OutputFile("--into", folder + "/" + page_name(command) + ".1").write(man_page(tree, command));
  };
  write(tree);
  std::ranges::for_each(tree.commands, write);
}

ExitCode man(const CLI::App& app, const ManFlags& flags) {
  const auto tree = command_tree(app);
  if (flags.folder && flags.command) {
    return usage_error({"--into writes the pages of all commands, so COMMAND contradicts it",
                        "leave out one of them"});
  }
  if (flags.folder) {
    write_all(tree, *flags.folder);
    return ExitCode::success;
  }
  if (!flags.command) {
    print(man_page(tree, tree));
    return ExitCode::success;
  }
  const auto command = std::ranges::find(tree.commands, *flags.command, &CommandInfo::name);
  if (command == tree.commands.end()) {
    return usage_error({"there is no command " + tripcurve::quoted(*flags.command),
                        did_you_mean(*flags.command, command_names(tree))});
  }
  print(man_page(tree, *command));
  return ExitCode::success;
}

}  // namespace

Command add_man(CLI::App& app) {
  auto flags = std::make_shared<ManFlags>();
  auto& command =
      add_command(app, "man", "Print the manual page of a command",
                  "An installed tripcurve has these pages in place: man tripcurve-run.\n"
                  "Examples:\n"
                  "  tripcurve man run | man -l -\n"
                  "  tripcurve man --into ~/.local/share/man/man1");
  add_optional_argument(command, "COMMAND", flags->command,
                        "a command; without it, the page of tripcurve itself",
                        Completion::of(command_names(command_tree(app))));
  const FlagGroup add(command, "Output");
  add("--into", flags->folder, "FOLDER", "write the pages of all commands to files in FOLDER");
  return {&command, [flags, &app] { return man(app, *flags); }};
}

}  // namespace tripcurve::cli
