#include <fmt/format.h>

#include <string_view>

#include "cli/completions.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::string_view fish_head =
    R"(# Completes tripcurve in fish. Made by: tripcurve completion fish

# Whether the command is the one named, or none was typed yet if none is named.
function __tripcurve_is
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        string match -q -- '-*' $word; and continue
        test "$word" = "$argv[1]"
        return
    end
    test -z "$argv[1]"
end

complete -c tripcurve -f
)";

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

// "complete" with its condition; `command` is "" before one is typed.
std::string fish_line(std::string_view command, const std::string& rest) {
  return fmt::format("complete -c tripcurve -n '__tripcurve_is{}{}'{}\n",
                     command.empty() ? "" : " ", command, rest);
}

std::string fish_values(const Completion& completion) {
  return completion.words.empty()
             ? ""
             : " -a " + fish_quoted(fmt::format("{}", fmt::join(completion.words, " ")));
}

std::string fish_flag(std::string_view command, const OptionInfo& flag) {
  std::string text;
  for (const auto& name : flag.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!flag.value.empty()) {
    const bool may_be_left_out = flag.value.starts_with('[');
    text += flag.completion.files ? " -r -F" : may_be_left_out ? "" : " -x";
    text += fish_values(flag.completion);
  }
  return fish_line(command, text + " -d " + fish_quoted(flag.meaning));
}

std::string fish_argument(std::string_view command, const OptionInfo& argument) {
  if (argument.completion.files) {
    return fish_line(command, " -F");
  }
  const auto values = fish_values(argument.completion);
  return values.empty() ? "" : fish_line(command, values);
}

}  // namespace

std::string fish_completion(const CommandInfo& app) {
  std::string text(fish_head);
  for (const auto& flag : flags_of(app)) {
    text += fish_flag("", flag);
  }
  for (const auto& command : app.commands) {
    text += fish_line("", " -a " + command.name + " -d " + fish_quoted(command.summary));
  }
  for (const auto& command : app.commands) {
    for (const auto& flag : flags_of(command)) {
      text += fish_flag(command.name, flag);
    }
    for (const auto& argument : arguments_of(command)) {
      text += fish_argument(command.name, argument);
    }
  }
  return text;
}

}  // namespace tripcurve::cli
