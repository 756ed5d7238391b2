#include <fmt/format.h>

#include <string_view>

#include "cli/completions.hpp"

namespace tripcurve::cli {
namespace {

// Within the quotes and brackets of a specification of _arguments.
std::string zsh_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'') {
      escaped += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') {
        escaped += '\\';
      }
      escaped += c;
    }
  }
  return escaped;
}

// ":TIME:", ":FILE:_files", ":KIND:(constant poisson)"; two colons before what may be left out.
std::string zsh_value(const OptionInfo& option, std::string_view name, bool may_be_left_out) {
  const auto action = option.completion.files ? std::string("_files")
                      : option.completion.words.empty()
                          ? std::string()
                          : fmt::format("({})", fmt::join(option.completion.words, " "));
  return fmt::format("{}{}:{}", may_be_left_out ? "::" : ":", zsh_text(name), action);
}

std::string zsh_flag(const OptionInfo& flag) {
  std::string text;
  for (const auto& name : flag.names) {
    const bool takes_value = !flag.value.empty();
    const bool may_be_left_out = flag.value.starts_with('[');  // then it only follows "="
    const auto others = flag.is_repeatable       ? std::string("*")
                        : flag.names.size() == 1 ? std::string()
                                                 : fmt::format("({})", fmt::join(flag.names, " "));
    text += fmt::format(" \\\n        '{}{}{}[{}]{}'", others, name,
                        may_be_left_out ? "=-"
                        : takes_value   ? "="
                                        : "",
                        zsh_text(flag.meaning),
                        takes_value ? zsh_value(flag, flag.value, may_be_left_out) : std::string());
  }
  return text;
}

std::string zsh_argument(const OptionInfo& argument) {
  return fmt::format(" \\\n        '{}{}'", argument.is_repeatable ? "*" : "",
                     zsh_value(argument, argument.names.front(),
                               !argument.is_required && !argument.is_repeatable));
}

std::string zsh_command(const CommandInfo& command) {
  auto text = fmt::format("    {})\n      _arguments -s -S", command.name);
  for (const auto& flag : flags_of(command)) {
    text += zsh_flag(flag);
  }
  for (const auto& argument : arguments_of(command)) {
    text += zsh_argument(argument);
  }
  return text + "\n      ;;\n";
}

}  // namespace

std::string zsh_completion(const CommandInfo& app) {
  std::string text =
      "#compdef tripcurve\n"
      "# Completes tripcurve in zsh. Made by: tripcurve completion zsh\n\n"
      "_tripcurve() {\n"
      "  local curcontext=\"$curcontext\" state line\n"
      "  local -a commands=(\n";
  for (const auto& command : app.commands) {
    text += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.summary));
  }
  text += "  )\n  _arguments -C";
  for (const auto& flag : flags_of(app)) {
    text += zsh_flag(flag);
  }
  text +=
      " \\\n        '1: :->command' \\\n        '*:: :->rest'\n"
      "  if [[ $state == command ]]; then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  [[ $state == rest ]] || return\n"
      "  case $line[1] in\n";
  for (const auto& command : app.commands) {
    text += zsh_command(command);
  }
  return text +
         "  esac\n"
         "}\n\n"
         "if [[ $funcstack[1] == _tripcurve ]]; then  # autoloaded\n"
         "  _tripcurve \"$@\"\n"
         "else  # sourced\n"
         "  compdef _tripcurve tripcurve\n"
         "fi\n";
}

}  // namespace tripcurve::cli
