// tripcurve list, tripcurve describe: what breakers there are, and how each behaves.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "breaker/registry.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/output_file.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::size_t width = 80;

std::string_view mark(breaker::Evidence evidence) {
  return evidence == breaker::Evidence::executed ? "[executed]" : "[source]";
}

// The words of `text` in lines of at most `width`, all but the first indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto word = take_until(text, " ");
    if (column + 1 + word.size() > width && column > indent) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

// "gobreaker"; "hystrix-1.5.18, hystrix" when it has another name.
std::string names(const breaker::Dialect& dialect) {
  return fmt::format("{}{}{}", dialect.name, dialect.alias.empty() ? "" : ", ", dialect.alias);
}

int list_dialects() {
  std::size_t longest = 0;
  for (const auto& dialect : breaker::dialects()) {
    longest = std::max(longest, names(dialect).size());
  }
  std::string text;
  for (const auto& dialect : breaker::dialects()) {
    text += fmt::format("{:<{}}  {:<10}  {}", names(dialect), longest,
                        mark(dialect.portrait->evidence), wrapped(dialect.summary, longest + 14));
  }
  print(text +
        "\n[executed] answers as recorded from the library, [source] as read in its source.\n"
        "tripcurve describe NAME tells the settings and the surprises of one.\n");
  return finished;
}

int list(const std::string& what) {
  constexpr std::array<std::string_view, 1> known{"dialects"};
  if (what == "dialects") {
    return list_dialects();
  }
  return usage_error({"cannot list " + tripcurve::quoted(what), did_you_mean(what, known)});
}

std::string portrait_of(const breaker::Dialect& dialect) {
  const auto& portrait = *dialect.portrait;
  auto text = wrapped(fmt::format("{}: {}", names(dialect), dialect.summary), 2);
  text += wrapped(fmt::format("{} {}", portrait.library,
                              portrait.evidence == breaker::Evidence::executed
                                  ? "[executed]: equal to traces recorded from it"
                                  : "[source]: from its source or its papers; it was not run"),
                  2);
  text += dialect.keys.empty() ? "\nNo settings\n" : "\nSettings\n";
  for (const auto& key : dialect.keys) {
    text += fmt::format("  {}", key.name);
    if (!key.short_name.empty()) {
      text += fmt::format(", {}", key.short_name);
    }
    text += key.fallback.empty() ? "  (may be left out)\n" : fmt::format("  ({})\n", key.fallback);
    text += "      " + wrapped(key.meaning, 6);
    text += "      " + wrapped(fmt::format("takes {}", describe(key.values)), 6);
  }
  text += "\nSeven questions on which the libraries disagree\n";
  for (std::size_t i = 0; i < breaker::questions.size(); ++i) {
    text += fmt::format("  {}. ", i + 1) + wrapped(breaker::questions[i], 5);
    text += "     -> " + wrapped(portrait.answers[i], 8);
  }
  if (!portrait.surprises.empty()) {
    text += "\nSurprises\n";
    for (const auto surprise : portrait.surprises) {
      text += "  - " + wrapped(surprise, 4);
    }
  }
  text += fmt::format("\n  tripcurve simulate --breaker {}\n", dialect.name);
  return text;
}

int describe_dialect(const std::string& name) {
  const auto dialect = breaker::find_dialect(name);
  if (!dialect) {
    return usage_error(dialect.error());
  }
  print(portrait_of(**dialect));
  return finished;
}

}  // namespace

Command add_list(CLI::App& app) {
  auto what = std::make_shared<std::string>("dialects");
  auto* command = app.add_subcommand("list", "The breakers there are");
  command->add_option("WHAT", *what, "dialects")->group("Arguments");
  return {command, [what] { return list(*what); }};
}

Command add_describe(CLI::App& app) {
  auto name = std::make_shared<std::string>();
  auto* command = app.add_subcommand("describe", "One breaker: settings, rules, surprises");
  command->add_option("DIALECT", *name, "as tripcurve list names it")
      ->required()
      ->group("Arguments");
  command->footer("Example:\n  tripcurve describe gobreaker");
  return {command, [name] { return describe_dialect(*name); }};
}

}  // namespace tripcurve::cli
