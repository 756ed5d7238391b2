#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/phase_rows.hpp"
#include "report/table.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

std::string listed(const std::vector<std::string>& entries) {
  std::string text;
  for (const auto& entry : shortened(entries, [](std::size_t left_out) {
         return fmt::format("  ... {} more\n", show_count(left_out));
       })) {
    text += entry;
  }
  return text;
}

std::string by_phase(const Summary& summary) {
  const auto [header, rows] = phase_rows(summary);
  return render_table(header, rows);
}

std::string breakers(const Summary& summary) {
  auto text = hang("Breakers  ", summary.facts.dialect);
  for (const auto& lines : {breaker_lines(summary), reaction_lines(summary)}) {
    std::vector<std::string> entries;
    for (const auto& line : lines) {
      entries.push_back(hang("  ", line));
    }
    text += listed(entries);
  }
  return text;
}

std::string transitions(const RunFacts& facts) {
  if (facts.events.empty()) {
    return "Transitions  none\n";
  }
  std::vector<std::vector<std::string>> all{transition_header(facts)};
  for (const auto& event : facts.events) {
    all.push_back(transition_cells(facts, event));
  }
  std::vector<std::size_t> widths(all.front().size());
  for (const auto& cells : all) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], columns(cells[i]));
    }
  }
  constexpr std::size_t usual_time = 8;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string head = "  " + right(cells[0], std::max(widths[0], usual_time)) + "  ";
    for (std::size_t i = 1; i + 1 < cells.size(); ++i) {
      head += left(cells[i], widths[i]) + "  ";
    }
    return hang(head, cells.back());
  };

  std::vector<std::string> entries;
  entries.reserve(facts.events.size());
  for (std::size_t i = 1; i < all.size(); ++i) {
    entries.push_back(line(all[i]));
  }
  auto text = fmt::format("Transitions  {}\n", show_count(facts.transition_count)) +
              line(all.front()) + listed(entries);
  if (const auto note = cut_short_text(facts); !note.empty()) {
    text += hang("  ", note);
  }
  return text;
}

// Nothing where there is nothing to say, else a block that an empty line follows.
std::string judged_list(const char* title, const std::vector<Judged>& judged) {
  if (judged.empty()) {
    return "";
  }
  const auto hold = std::ranges::count(judged, Judged::Result::pass, &Judged::result);
  auto text = fmt::format("{}  {} of {} hold\n", title, hold, judged.size());
  std::size_t width = 0;
  for (const auto& one : judged) {
    width = std::max(width, word(one.result).size());
  }
  for (const auto& one : judged) {
    const auto margin = one.margin.empty() ? "" : ", margin " + one.margin;
    text += hang("  " + left(word(one.result), width) + "  ",
                 fmt::format("{}, {}: {}{}, n={}", one.text, one.scope.text(), one.observed, margin,
                             show_count(one.samples)));
    if (!one.reason.empty()) {
      text += hang(std::string(width + 4, ' '), one.reason);
    }
  }
  return text + '\n';
}

std::string section(const char* title, const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += hang("  - ", line);
  }
  return text.empty() ? "" : std::string(title) + '\n' + text + '\n';
}

std::string interventions(const RunFacts& facts) {
  std::string text;
  for (const auto& one : facts.interventions) {
    text += hang("  - ", "at " + show_duration(one.at.time_since_epoch()) + ": " + one.text);
  }
  return text.empty() ? "" : "Done by hand, so no seed can repeat it\n" + text + '\n';
}

std::string verdict(const Summary& summary) {
  auto text = hang("Verdict  ", headline(summary));
  for (const auto& reason : summary.verdict.reasons) {
    text += hang("  - ", reason);
  }
  if (summary.repeats && summary.verdict.result == Verdict::Result::pass) {
    text += hang("  ", repeats_text(*summary.repeats));
  }
  for (const auto& line : again(summary.facts)) {
    text += printable(line) + '\n';  // not broken, so that the command can be copied
  }
  return text + hang("", exit_text(summary.verdict.result));
}

}  // namespace

std::string to_text(const Summary& summary) {
  const auto& facts = summary.facts;
  return hang("", title(facts)) + '\n' + by_phase(summary) + '\n' + breakers(summary) + '\n' +
         transitions(facts) + '\n' + interventions(facts) + section("Warnings", facts.warnings) +
         section("Notes", facts.notes) + judged_list("Baseline", summary.baseline) +
         judged_list("Expectations", summary.expectations) + verdict(summary);
}

}  // namespace tripcurve::report
