#include <fmt/format.h>

#include <algorithm>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "forecast/words.hpp"
#include "report/claimed.hpp"
#include "report/dependencies.hpp"
#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/phase_rows.hpp"
#include "report/table.hpp"
#include "report/versus.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

MarkedText listed(const std::vector<MarkedText>& entries) {
  MarkedText text;
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

// What calls go through, if that is more than the breaker.
std::string policies(const RunFacts& facts) {
  std::string all;
  for (const auto& policy : facts.policies) {
    all += (all.empty() ? "" : " → ") + policy;
  }
  return all.empty() ? "" : hang("Policies  ", all);
}

MarkedText breakers(const Summary& summary) {
  MarkedText text = policies(summary.facts) + hang("Breakers  ", summary.facts.dialect);
  const auto lines = breaker_lines(summary);
  std::vector<MarkedText> ends;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto state = summary.breakers[i].final_state;
    ends.push_back(MarkedText(hang("  ", lines[i])).mark_last(breaker::name(state), ink_of(state)));
  }
  std::vector<MarkedText> reactions;
  for (const auto& line : reaction_lines(summary)) {
    reactions.emplace_back(hang("  ", line));
  }
  text += listed(ends);
  text += listed(reactions);
  if (const auto& trips = summary.facts.false_trips; trips && trips->per_month > 0) {
    text += hang("  ", "without a fault, trips in 30 days: " + forecast::words(*trips));
  }
  return text;
}

MarkedText transitions(const RunFacts& facts) {
  if (facts.events.empty()) {
    return std::string("Transitions  none\n");
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
  const auto begin_of_line = [&](const std::vector<std::string>& cells, std::size_t end) {
    std::string head = "  " + right(cells[0], std::max(widths[0], usual_time)) + "  ";
    for (std::size_t i = 1; i < end; ++i) {
      head += left(cells[i], widths[i]) + "  ";
    }
    return head;
  };
  const auto line = [&](const std::vector<std::string>& cells) {
    return hang(begin_of_line(cells, cells.size() - 1), cells.back());
  };

  std::vector<MarkedText> entries;
  entries.reserve(facts.events.size());
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto& [when, from, to, cause] = facts.events[i - 1].transition;
    const auto& change = all[i][all[i].size() - 2];
    const auto begin = begin_of_line(all[i], all[i].size() - 2).size();
    const auto end = begin + change.size();
    const auto from_size = breaker::name(from).size();
    const auto to_size = breaker::name(to).size();
    MarkedText entry = line(all[i]);
    entry.mark(begin, from_size, ink_of(from)).mark(end - to_size, to_size, ink_of(to));
    entries.push_back(std::move(entry));
  }
  MarkedText text = fmt::format("Transitions  {}\n", show_count(facts.transition_count));
  text += line(all.front());
  text += listed(entries);
  if (const auto note = cut_short_text(facts); !note.empty()) {
    text += hang("  ", note);
  }
  return text;
}

// Nothing where there is nothing to say, else a block that an empty line follows.
MarkedText judged_list(const char* title, const std::vector<Judged>& judged) {
  if (judged.empty()) {
    return {};
  }
  const auto hold = std::ranges::count(judged, Judged::Result::pass, &Judged::result);
  MarkedText text = fmt::format("{}  {} of {} hold\n", title, hold, judged.size());
  std::size_t width = 0;
  for (const auto& one : judged) {
    width = std::max(width, word(one.result).size());
  }
  for (const auto& one : judged) {
    const auto margin = one.margin.empty() ? "" : ", margin " + one.margin;
    const auto result = word(one.result);
    text += MarkedText(hang("  " + left(result, width) + "  ",
                            fmt::format("{}, {}: {}{}, n={}", one.text, one.scope.text(),
                                        one.observed, margin, show_count(one.samples))))
                .mark(2, result.size(), ink_of(one.result));
    if (!one.reason.empty()) {
      text += hang(std::string(width + 4, ' '), one.reason);
    }
  }
  text += "\n";
  return text;
}

// "time_to_open, phase outage".
std::string subject(const Repeats::Spread& one) {
  return one.scope == Scope{} ? one.metric : one.metric + ", " + one.scope.text();
}

// What the metrics were over the runs; nothing where there was only one.
std::string spreads(const Summary& summary) {
  if (!summary.repeats || summary.repeats->metrics.empty()) {
    return "";
  }
  const auto& all = summary.repeats->metrics;
  constexpr std::size_t label = 38;
  constexpr std::size_t number = 10;
  const auto row = [](std::string_view name, std::string_view min, std::string_view median,
                      std::string_view max, std::string_view in) {
    auto line = "  " + left(name, label);
    for (const auto cell : {min, median, max, in}) {
      line += right(cell, number);
    }
    return line + '\n';
  };
  auto text = fmt::format("Metrics of {} completed {}\n", show_count(all.front().of),
                          plural(static_cast<double>(all.front().of), "run")) +
              row("", "min", "median", "max", "runs");
  for (const auto& one : all) {
    text += row(subject(one), one.min_text, one.median_text, one.max_text, show_count(one.runs));
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

// What can be otherwise than it was asked for.
std::vector<std::string> injections(const std::vector<PhaseSummary>& phases) {
  std::vector<std::string> lines;
  for (const auto& phase : phases) {
    for (const auto& share :
         phase.upstream ? phase.upstream->shares : std::vector<InjectedShare>{}) {
      const bool is_certain = share.least && share.least == share.most;
      if (!is_certain || !share.is_likely() || share.is_missed() || share.spared) {
        lines.push_back(phase.phase.name + ": " + words(share));
      }
    }
  }
  return lines;
}

std::string interventions(const RunFacts& facts) {
  std::string text;
  for (const auto& one : facts.interventions) {
    text += hang("  - ", "at " + show_duration(one.at.time_since_epoch()) + ": " + one.text);
  }
  return text.empty() ? "" : "Done by hand, so no seed can repeat it\n" + text + '\n';
}

MarkedText verdict(const Summary& summary) {
  const std::string title = "Verdict  ";
  const auto result = headline(summary);
  auto text = MarkedText(hang(title, result))
                  .mark(title.size(), result.size(), ink_of(summary.verdict.result));
  for (const auto& reason : summary.verdict.reasons) {
    text += hang("  - ", reason);
  }
  if (summary.repeats && summary.verdict.result == Verdict::Result::pass) {
    text += hang("  ", repeats_text(*summary.repeats));
  }
  for (const auto& line : again(summary.facts)) {
    text += printable(line) + '\n';  // not broken, so that the command can be copied
  }
  text += hang("", exit_text(summary.verdict.result));
  return text;
}

}  // namespace

MarkedText to_marked_text(const Summary& summary) {
  const auto& facts = summary.facts;
  MarkedText text = hang("", title(facts)) + '\n' + by_phase(summary) + '\n';
  text += breakers(summary);
  text += "\n";
  text += transitions(facts);
  text +=
      '\n' + services_text(summary.services, facts.timetable, run_end(facts), summary.selectivity);
  text += dependencies_text(summary);
  text += claimed_text(summary);
  text += section("Injected faults", injections(summary.phases));
  text += interventions(facts);
  text += section("Warnings", facts.warnings) + section("Notes", facts.notes);
  text += judged_list("Baseline", summary.baseline);
  text += judged_list("Expectations", summary.expectations);
  text += versus_text(summary);
  text += spreads(summary);
  text += verdict(summary);
  return text;
}

std::string to_text(const Summary& summary) { return to_marked_text(summary).text; }

}  // namespace tripcurve::report
