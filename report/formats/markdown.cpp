#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/claimed.hpp"
#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/phase_rows.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

// Text that is shown as it is, wherever it stands in a line.
std::string plain(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '@':  // would call a person
        escaped += "&#64;";
        break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '#':
        escaped += '\\';
        [[fallthrough]];
      default:
        escaped += c;
    }
  }
  return escaped;
}

enum class Align : std::uint8_t { left, right };

class Table {
 public:
  explicit Table(const std::vector<std::pair<std::string, Align>>& header) {
    std::string rule = "|";
    text_ = "|";
    for (const auto& [title, align] : header) {
      text_ += " " + title + " |";
      rule += align == Align::left ? " --- |" : " ---: |";
    }
    text_ += "\n" + rule + "\n";
  }
  void add(const std::vector<std::string>& cells) {
    text_ += "|";
    for (const auto& cell : cells) {
      text_ += " " + plain(cell) + " |";
    }
    text_ += "\n";
  }
  // With a first cell that is Markdown already.
  void add(const std::string& first, const std::vector<std::string>& cells) {
    text_ += "| " + first + " ";
    add(cells);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string bullets(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += "- " + plain(line) + "\n";
  }
  return text.empty() ? "" : text + "\n";
}

std::string section(const std::string& title, const std::string& body) {
  return body.empty() ? "" : "#### " + title + "\n\n" + body;
}

std::string judged_list(const std::vector<Judged>& judged) {
  if (judged.empty()) {
    return "";
  }
  Table table({{"Result", Align::left},
               {"Expectation", Align::left},
               {"Scope", Align::left},
               {"Observed", Align::right},
               {"Margin", Align::right},
               {"n", Align::right}});
  for (const auto& one : judged) {
    table.add({word(one.result), one.text, one.scope.text(), one.observed, one.margin,
               show_count(one.samples)});
  }
  return table.text() + "\n";
}

std::string phases_table(const Summary& summary) {
  const auto [header, rows] = phase_rows(summary);
  std::vector<std::pair<std::string, Align>> columns{{"", Align::left}};
  for (const auto& column : header) {
    columns.emplace_back(plain(column.name) + " (" + plain(column.note) + ")", Align::right);
  }
  Table table(columns);
  for (const auto& row : rows) {
    if (row.cells.empty()) {
      continue;
    }
    // What is a part of the row above is indented.
    const auto indent = row.label.find_first_not_of(' ');
    std::string label;
    for (std::size_t i = 0; i < indent; ++i) {
      label += "&nbsp;";
    }
    table.add(label + plain(row.label.substr(indent)), row.cells);
  }
  return table.text() + "\n";
}

std::string transitions_table(const RunFacts& facts) {
  if (facts.events.empty()) {
    return "none\n\n";
  }
  std::vector<std::pair<std::string, Align>> columns;
  for (const auto& title : transition_header(facts)) {
    columns.emplace_back(title, columns.empty() ? Align::right : Align::left);
  }
  Table table(columns);
  // As many as people read: a comment has 65,536 characters at most.
  constexpr std::size_t most = 50;
  const auto shown = std::min(most, facts.events.size());
  for (std::size_t i = 0; i < shown; ++i) {
    table.add(transition_cells(facts, facts.events[i]));
  }
  const auto left_out = facts.transition_count - shown;
  const auto note = cut_short_text(facts);
  return table.text() +
         (left_out == 0 ? "" : fmt::format("\n... {} more\n", show_count(left_out))) +
         (note.empty() ? "" : "\n" + plain(note) + "\n") + "\n";
}

std::string paragraphs(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += plain(line) + "\n\n";
  }
  return text;
}

}  // namespace

std::string to_markdown(const Summary& summary) {
  const auto& facts = summary.facts;
  auto breakers = breaker_lines(summary);
  const auto reactions = reaction_lines(summary);
  breakers.insert(breakers.end(), reactions.begin(), reactions.end());
  constexpr std::size_t most = 50;
  if (breakers.size() > most) {
    breakers = shortened(breakers, [](std::size_t left_out) {
      return fmt::format("... {} more", show_count(left_out));
    });
  }
  return "### tripcurve: " + plain(headline(summary)) + "\n\n" + plain(title(facts)) + "\n\n" +
         bullets(summary.verdict.reasons) + section("Baseline", judged_list(summary.baseline)) +
         section("Expectations", judged_list(summary.expectations)) + phases_table(summary) +
         section("Breakers", plain(facts.dialect) + "\n\n" + bullets(breakers)) +
         section("Transitions", transitions_table(facts)) +
         section("Claimed", bullets(claimed_lines(summary))) +
         section("Warnings", bullets(facts.warnings)) + section("Notes", bullets(facts.notes)) +
         paragraphs(again(facts)) + plain(exit_text(summary.verdict.result)) + "\n";
}

}  // namespace tripcurve::report
