#include "cli/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/version.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

// Text as it is: what troff would take for a hyphen, a quotation mark or an escape is ASCII.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '-':
        escaped += "\\-";
        break;
      case '\\':
        escaped += "\\e";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '"':
        escaped += "\\(dq";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      case '`':
        escaped += "\\(ga";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// A line of text: a dot at its beginning is no request.
std::string roff_line(std::string_view text) {
  return (text.starts_with('.') ? "\\&" : "") + roff(text) + "\n";
}

std::string section(std::string_view title) { return fmt::format(".SH {}\n", roff(title)); }

// Lines that are indented stand as they are, the others are paragraphs.
std::string paragraphs(std::string_view text) {
  std::string page;
  bool verbatim = false;
  bool begins = true;
  while (!text.empty()) {
    const auto line = take_until(text, "\n");
    const bool indented = line.starts_with("  ");
    if (indented != verbatim) {
      page += indented ? ".PP\n.RS 4\n.nf\n" : ".fi\n.RE\n";
      begins = !indented;
    }
    verbatim = indented;
    if (line.empty()) {
      begins = true;
      continue;
    }
    page += begins && !verbatim ? ".PP\n" : "";
    begins = false;
    page += roff_line(indented ? line.substr(2) : line);
  }
  return page + (verbatim ? ".fi\n.RE\n" : "");
}

// A footer's remarks, and below "Examples:" its examples, up to an empty line.
struct Footer {
  std::string remarks;
  std::string examples;
};

Footer parts_of(std::string_view text) {
  for (const std::string_view title : {"Examples:\n", "Example:\n"}) {
    const auto at = text.find(title);
    if (at == std::string_view::npos) {
      continue;
    }
    const auto from = at + title.size();
    const auto end = std::min(text.find("\n\n", from), text.size());
    const auto remarks = fmt::format("{}\n{}", trim(text.substr(0, at)), text.substr(end));
    return {.remarks = std::string(trim(remarks)),
            .examples = std::string(text.substr(from, end - from))};
  }
  return {.remarks = std::string(trim(text)), .examples = ""};
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fP", roff(text)); }
std::string italic(std::string_view text) { return fmt::format("\\fI{}\\fP", roff(text)); }

std::string option_entry(const OptionInfo& option) {
  std::string names;
  for (const auto& name : option.names) {
    names += names.empty() ? "" : ", ";
    names += option.is_argument ? italic(name) : bold(name);
  }
  const auto value = option.value.empty() ? "" : " " + italic(option.value);
  auto meaning = option.meaning;
  if (option.is_repeatable) {
    meaning += option.is_argument ? "; may be several" : "; may be given several times";
  }
  return ".TP\n" + names + value + "\n" + roff_line(meaning);
}

std::string options(const CommandInfo& command) {
  auto page = section("OPTIONS") + roff_line("A value in parentheses is the default.");
  for (const auto& group : command.groups) {
    page += fmt::format(".SS {}\n", roff(group.title));
    for (const auto& option : group.options) {
      page += option_entry(option);
    }
  }
  return page;
}

std::string commands(const CommandInfo& app) {
  auto page = section("COMMANDS");
  for (const auto& command : app.commands) {
    page +=
        fmt::format(".TP\n.BR {} (1)\n{}", roff(page_name(command)), roff_line(command.summary));
  }
  return page;
}

std::string_view meaning(ExitCode code) {
  switch (code) {
    case ExitCode::success:
      return "Success: all expectations hold, or none were set.";
    case ExitCode::failure:
      return "An expectation failed, or a check found a difference, a regression or a warning.";
    case ExitCode::usage:
      return "The command line or a file is not valid. Nothing was run.";
    case ExitCode::inconclusive:
      return "An expectation could not be judged, or the load of the run is in doubt.";
    case ExitCode::environment:
      return "The machine refused something, or the upstream was unhealthy before the first fault.";
    case ExitCode::stopped:
      return "The run was stopped by --abort-on.";
    case ExitCode::bug:
      return "A bug in tripcurve.";
    case ExitCode::unfinished:
      return "A shard was terminated; the same command goes on with it.";
    case ExitCode::interrupted:
      return "Interrupted by SIGINT.";
    case ExitCode::terminated:
      return "Terminated by SIGTERM or SIGHUP.";
  }
  return "";
}

std::string exit_status() {
  constexpr std::array codes{ExitCode::success,      ExitCode::failure,     ExitCode::usage,
                             ExitCode::inconclusive, ExitCode::environment, ExitCode::stopped,
                             ExitCode::bug,          ExitCode::unfinished,  ExitCode::interrupted,
                             ExitCode::terminated};
  auto page = section("EXIT STATUS");
  for (const auto code : codes) {
    page += fmt::format(".TP\n.B {}\n{}", static_cast<int>(code), roff_line(meaning(code)));
  }
  return page;
}

std::string see_also(const CommandInfo& app, const CommandInfo& command) {
  auto page = section("SEE ALSO");
  if (&command != &app) {
    return page + ".BR tripcurve (1)\n";
  }
  for (const auto& each : app.commands) {
    page += fmt::format(".BR {} (1){}\n", roff(page_name(each)),
                        &each == &app.commands.back() ? "" : ",");
  }
  return page;
}

}  // namespace

std::string page_name(const CommandInfo& command) {
  return command.commands.empty() ? "tripcurve-" + command.name : command.name;
}

std::string man_page(const CommandInfo& app, const CommandInfo& command) {
  auto title = page_name(command);
  std::ranges::transform(title, title.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  auto page =
      fmt::format(".\\\" Made by: tripcurve man\n.TH {} 1 \"\" \"tripcurve {}\" \"tripcurve\"\n",
                  roff(title), roff(version));
  const std::string_view whole = command.summary;
  const auto summary = whole.substr(0, whole.size() - (whole.ends_with('.') ? 1 : 0));
  page += section("NAME") + roff(page_name(command)) + " \\- " + roff(summary) + "\n";
  page += section("SYNOPSIS") + roff_line(usage_of(command));
  const auto [remarks, examples] = parts_of(command.footer);
  page += section("DESCRIPTION") + roff_line(std::string(summary) + ".") + paragraphs(remarks);
  if (&command == &app) {
    page += commands(app);
  }
  page += options(command);
  if (!examples.empty()) {
    page += section("EXAMPLES") + paragraphs(examples);
  }
  return page + exit_status() + see_also(app, command);
}

}  // namespace tripcurve::cli
