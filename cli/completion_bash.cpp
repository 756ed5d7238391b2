#include <fmt/format.h>

#include <iterator>

#include "cli/completions.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::string_view bash_head =
    R"(# Completes tripcurve in bash 4 or newer. Made by: tripcurve completion bash

# What may follow a command: its flags, and those of them that take a value. Sets the caller's variables.
_tripcurve_flags() {
  case $1 in
)";

constexpr std::string_view bash_between = R"(  esac
}

# What completes the value of a flag (run:--breaker), or an argument by its number (run:1): words, or the
# names of files. Sets the caller's variables.
_tripcurve_values() {
  case $1 in
)";

constexpr std::string_view bash_tail = R"(  esac
}

_tripcurve() {
  local current=${COMP_WORDS[COMP_CWORD]} command='' awaited='' argument=1 rest_of_word='' word i
  local flags='' valued='' words='' files=''
  COMPREPLY=()
  _tripcurve_flags ''
  # Reads the line up to the cursor. Bash has split its words at every "=" and ":".
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == [=:]* ]]; then
      if [[ $word != = || ${COMP_WORDS[i - 1]} != "$awaited" ]]; then
        awaited='' rest_of_word=yes
      fi
    elif [[ -n $rest_of_word ]]; then
      rest_of_word=''
    elif [[ -n $awaited && $word != -?* ]]; then
      awaited=''
    elif [[ $word == -* ]]; then
      awaited=''
      if [[ " $valued " == *" $word "* ]]; then
        awaited=$word
      fi
    elif [[ -z $command ]]; then
      command=$word
      flags='' valued=''
      _tripcurve_flags "$command"
    else
      ((++argument))
    fi
  done
  if [[ $current == = && -n $awaited && ${COMP_WORDS[COMP_CWORD - 1]} == "$awaited" ]]; then
    current=''
  elif [[ -n $rest_of_word || $current == [=:]* ]]; then
    return
  fi

  if [[ -n $awaited && $current != -?* ]]; then
    _tripcurve_values "$command:$awaited"
  elif [[ $current == -* ]]; then
    words=$flags
  elif [[ -z $command ]]; then
    words=$commands
  else
    _tripcurve_values "$command:$argument"
  fi
  if [[ -n $files ]]; then
    compopt -o default # readline's own completion of files, which knows about quotes
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current")) # no word has a space or a star
  fi
}
complete -F _tripcurve tripcurve
)";

std::string bash_flags(const CommandInfo& command) {
  std::string flags;
  std::string valued;
  for (const auto& flag : flags_of(command)) {
    const auto names = fmt::format("{}{}", flags.empty() ? "" : " ", fmt::join(flag.names, " "));
    flags += names;
    if (!flag.value.empty()) {
      valued += valued.empty() ? names.substr(names.find('-')) : names;
    }
  }
  return fmt::format("flags='{}' valued='{}'", flags, valued);
}

// One pattern and what it completes; "" if nothing does.
std::string bash_values(const std::string& pattern, const Completion& completion) {
  if (completion.files) {
    return fmt::format("    {}) files=yes ;;\n", pattern);
  }
  return completion.words.empty()
             ? ""
             : fmt::format("    {}) words='{}' ;;\n", pattern, fmt::join(completion.words, " "));
}

std::string bash_values(const CommandInfo& command) {
  std::string text;
  for (const auto& flag : flags_of(command)) {
    for (const auto& name : flag.names) {
      text += bash_values(command.name + ":" + name, flag.completion);
    }
  }
  std::size_t number = 0;
  for (const auto& argument : arguments_of(command)) {
    ++number;
    text += bash_values(
        argument.is_repeatable ? command.name + ":*" : fmt::format("{}:{}", command.name, number),
        argument.completion);
  }
  return text;
}

}  // namespace

std::string bash_completion(const CommandInfo& app) {
  std::string text(bash_head);
  std::string names;
  for (const auto& command : app.commands) {
    names += (names.empty() ? "" : " ") + command.name;
  }
  text += fmt::format("    '') commands='{}' {} ;;\n", names, bash_flags(app));
  for (const auto& command : app.commands) {
    text += fmt::format("    {}) {} ;;\n", command.name, bash_flags(command));
  }
  text += bash_between;
  for (const auto& command : app.commands) {
    text += bash_values(command);
  }
  return text + std::string(bash_tail);
}

}  // namespace tripcurve::cli
