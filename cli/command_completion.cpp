// tripcurve completion: a script that makes a shell complete commands, flags and values.

#include <array>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/completions.hpp"
#include "cli/output_file.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

struct Shell {
  std::string_view name;
  std::string (*completion)(const CommandInfo& app);
};

constexpr std::array shells{Shell{"bash", bash_completion}, Shell{"zsh", zsh_completion},
                            Shell{"fish", fish_completion}};

std::vector<std::string_view> shell_names() {
  std::vector<std::string_view> names;
  for (const auto& shell : shells) {
    names.push_back(shell.name);
  }
  return names;
}

ExitCode print_completion(const CLI::App& app, const std::string& name) {
  for (const auto& shell : shells) {
    if (shell.name == name) {
      print(shell.completion(command_tree(app)));
      return ExitCode::success;
    }
  }
  return usage_error({"there is no completion for the shell " + tripcurve::quoted(name),
                      did_you_mean(name, shell_names())});
}

}  // namespace

Command add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  auto& command =
      add_command(app, "completion", "Print a script that completes commands in a shell",
                  "An installed tripcurve has these scripts in place. Examples:\n"
                  "  source <(tripcurve completion bash)      # in ~/.bashrc\n"
                  "  source <(tripcurve completion zsh)       # in ~/.zshrc, after compinit\n"
                  "  tripcurve completion fish | source       # in ~/.config/fish/config.fish");
  add_argument(command, "SHELL", *shell, "bash, zsh or fish", Completion::of(shell_names()));
  return {&command, [shell, &app] { return print_completion(app, *shell); }};
}

}  // namespace tripcurve::cli
