#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "core/units.hpp"
#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::report {
namespace {

constexpr std::size_t longest_breaker_name = 16;

std::string clock_text(TimePoint t) {
  return fmt::format("{:.3f}s", to_seconds(t.time_since_epoch()));
}

std::string change_text(const breaker::Transition& transition) {
  return fmt::format("{} → {}", breaker::name(transition.from), breaker::name(transition.to));
}

std::string opened(std::uint64_t n) {
  return n == 0   ? "never opened"
         : n == 1 ? "opened once"
         : n == 2 ? "opened twice"
                  : "opened " + show_count(n) + " times";
}

// When something happened, seen from the latest fault.
struct SinceFault {
  Duration elapsed;
  bool during;  // since it began; else since it ended
};

std::optional<SinceFault> find_since_fault(TimePoint when, const Timetable& timetable) {
  const auto* fault = timetable.latest_fault(when);
  if (fault == nullptr) {
    return std::nullopt;
  }
  const bool during = when < fault->end;
  return SinceFault{when - (during ? fault->begin : fault->end), during};
}

// A long list shortened: its first 20 and last 5 lines.
std::string listed(const std::vector<std::string>& entries) {
  constexpr std::size_t most = 30;
  constexpr std::size_t first = 20;
  constexpr std::size_t last = 5;
  std::string text;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries.size() > most && i == first) {
      const auto left_out = entries.size() - first - last;
      text += fmt::format("  ... {} more\n", show_count(left_out));
      i += left_out;
    }
    text += entries[i];
  }
  return text;
}

std::string title(const RunFacts& facts) {
  auto line = fmt::format("{} · {} · seed {}", printable(facts.name), facts.command, facts.seed);
  if (!facts.target.empty()) {
    line += " · " + facts.target;
  }
  return hang("", line);
}

// The table's columns, the phases and their total, and how to ask all of them for a number.
class PhaseTable {
 public:
  explicit PhaseTable(const Summary& summary) : totals_(summary.totals) {
    for (const auto& phase : summary.phases) {
      all_.push_back(&phase);
    }
    all_.push_back(&summary.totals);
  }

  void add(const std::string& label, const std::function<std::string(const PhaseSummary&)>& cell) {
    Row row{label, {}};
    for (const auto* phase : all_) {
      row.cells.push_back(cell(*phase));
    }
    rows_.push_back(std::move(row));
  }
  void add_count(const std::string& label, std::uint64_t load::Counts::* count) {
    add(label, [&](const PhaseSummary& phase) { return show_count(phase.counts.*count); });
  }
  void add_count_if_any(const std::string& label, std::uint64_t load::Counts::* count) {
    if (totals_.counts.*count > 0) {
      add_count(label, count);
    }
  }
  void add_duration(const std::string& label, LatencyStats PhaseSummary::* stats,
                    Duration LatencyStats::* duration) {
    add(label, [&](const PhaseSummary& phase) {
      const auto& of_phase = phase.*stats;
      return of_phase.count == 0 ? "-" : show_duration(of_phase.*duration);
    });
  }
  void add_blank() { rows_.push_back({}); }

  [[nodiscard]] std::string render() const {
    std::vector<Column> header;
    for (const auto* summary : all_) {
      const auto& phase = summary->phase;
      const bool marked = phase.fault && summary != &totals_;
      header.push_back(
          {phase.name, format_duration(phase.end - phase.begin) + (marked ? " fault" : "")});
    }
    return render_table(header, rows_);
  }

 private:
  const PhaseSummary& totals_;
  std::vector<const PhaseSummary*> all_;
  std::vector<Row> rows_;
};

void add_calls(PhaseTable& table) {
  using load::Counts;
  table.add_count("calls", &Counts::calls);
  table.add_count("  sent", &Counts::sent);
  table.add_count("    ok", &Counts::ok);
  table.add("    failed", [](const PhaseSummary& p) { return show_count(p.counts.failed()); });
  table.add_count_if_any("      error answers", &Counts::error_answers);
  table.add_count_if_any("      timeouts", &Counts::timeouts);
  table.add_count_if_any("      resets", &Counts::resets);
  table.add_count_if_any("      closed", &Counts::closed);
  table.add_count_if_any("      connect failed", &Counts::connect_failed);
  table.add_count_if_any("      bad answers", &Counts::bad_answers);
  table.add_count_if_any("    unfinished", &Counts::unfinished);
  table.add_count("  fail-fast", &Counts::fail_fast);
  table.add("    of calls", [](const PhaseSummary& p) {
    return p.counts.calls == 0 ? "-"
                               : show_share(static_cast<double>(p.counts.fail_fast) /
                                            static_cast<double>(p.counts.calls));
  });
  table.add_count_if_any("  dropped", &Counts::dropped);
}

void add_upstream(PhaseTable& table, const UpstreamCounts& totals) {
  table.add_blank();
  table.add("arrived upstream",
            [](const PhaseSummary& p) { return show_count(p.upstream->arrived); });
  table.add("  leaked while open",
            [](const PhaseSummary& p) { return show_count(p.upstream->arrived_while_open); });
  for (const auto& [kind, total] : totals.injected) {
    if (total == 0) {
      continue;
    }
    table.add("  injected " + kind, [&](const PhaseSummary& p) {
      const auto& injected = p.upstream->injected;
      const auto found =
          std::ranges::find(injected, kind, [](const auto& pair) { return pair.first; });
      return show_count(found == injected.end() ? 0 : found->second);
    });
  }
}

void add_latencies(PhaseTable& table) {
  using Stats = LatencyStats;
  for (const auto& [label, stats] : {std::pair{"response", &PhaseSummary::response},
                                     std::pair{"service", &PhaseSummary::service}}) {
    table.add_blank();
    table.add_duration(fmt::format("{} p50", label), stats, &Stats::p50);
    table.add_duration(fmt::format("{} p90", label), stats, &Stats::p90);
    table.add_duration(fmt::format("{} p99", label), stats, &Stats::p99);
    table.add_duration(fmt::format("{} p99.9", label), stats, &Stats::p999);
    table.add_duration(fmt::format("{} max", label), stats, &Stats::max);
  }
  table.add_blank();
  table.add_duration("schedule error p50", &PhaseSummary::schedule_error, &Stats::p50);
  table.add_duration("schedule error p99", &PhaseSummary::schedule_error, &Stats::p99);
  table.add_duration("schedule error max", &PhaseSummary::schedule_error, &Stats::max);
}

std::string by_phase(const Summary& summary) {
  PhaseTable table(summary);
  add_calls(table);
  if (summary.totals.upstream) {
    add_upstream(table, *summary.totals.upstream);
  }
  add_latencies(table);
  return table.render();
}

std::string reaction_text(const std::string& name, const Reaction& reaction, bool only_fault) {
  const auto fault =
      only_fault ? std::string("the fault")
                 : "the fault at " + format_duration(reaction.fault.begin.time_since_epoch());
  auto text = name;
  if (!reaction.opened) {
    return text + " did not open for " + fault;
  }
  text +=
      *reaction.time_to_open == Duration::zero()
          ? " was open as " + fault + " began"
          : fmt::format(" opened {} after {} began", show_duration(*reaction.time_to_open), fault);
  if (!reaction.closed_again) {
    return text + " and did not close again";
  }
  return text + (*reaction.time_to_close == Duration::zero()
                     ? " and was closed as it ended"
                     : fmt::format(" and closed {} after it ended",
                                   show_duration(*reaction.time_to_close)));
}

std::string breakers(const Summary& summary) {
  std::vector<std::string> states;
  std::vector<std::string> reactions;
  for (const auto& breaker : summary.breakers) {
    auto state = fmt::format("{} {}: {} closed, {} open", breaker.name, opened(breaker.opens),
                             show_duration(breaker.time_closed), show_duration(breaker.time_open));
    if (breaker.time_half_open > Duration::zero()) {
      state += fmt::format(", {} half_open", show_duration(breaker.time_half_open));
    }
    state += fmt::format("; ends {}", breaker::name(breaker.final_state));
    states.push_back(hang("  ", state));
    for (const auto& reaction : breaker.reactions) {
      reactions.push_back(
          hang("  ", reaction_text(breaker.name, reaction, breaker.reactions.size() == 1)));
    }
  }
  return hang("Breakers  ", summary.facts.dialect) + listed(states) + listed(reactions);
}

// What stands before a transition's cause: when, when seen from the latest fault, which breaker if
// there are several, and the change.
std::vector<std::string> transition_cells(const RunFacts& facts, const load::BreakerEvent& event) {
  const auto when = event.transition.at;
  const auto since = find_since_fault(when, facts.timetable);
  std::vector<std::string> cells{
      fmt::format("{:>8}", clock_text(when)),
      since ? show_duration(since->elapsed) + (since->during ? " in" : " after") : ""};
  if (facts.breaker_names.size() > 1) {
    cells.push_back(cut(facts.breaker_names[event.breaker], longest_breaker_name));
  }
  cells.push_back(change_text(event.transition));
  return cells;
}

std::string transitions(const RunFacts& facts) {
  if (facts.events.empty()) {
    return "Transitions  none\n";
  }
  std::vector<std::string> title{"      at", "fault", "breaker", "change"};
  if (facts.breaker_names.size() == 1) {
    title.erase(title.begin() + 2);
  }
  std::vector<std::vector<std::string>> all{title};
  for (const auto& event : facts.events) {
    all.push_back(transition_cells(facts, event));
  }
  std::vector<std::size_t> widths(title.size());
  for (const auto& cells : all) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], columns(cells[i]));
    }
  }
  const auto line = [&](const std::vector<std::string>& cells, std::string_view cause) {
    std::string head = "  ";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      head += left(cells[i], widths[i]) + "  ";
    }
    return hang(head, cause);
  };

  std::vector<std::string> entries;
  entries.reserve(facts.events.size());
  for (std::size_t i = 0; i < facts.events.size(); ++i) {
    entries.push_back(line(all[i + 1], facts.events[i].transition.cause));
  }
  auto text = fmt::format("Transitions  {}\n", show_count(facts.transition_count)) +
              line(title, "cause") + listed(entries);
  if (events_cut_short(facts)) {
    text +=
        hang("  ", fmt::format("only the first {} were kept, and the breakers' numbers end there",
                               show_count(facts.events.size())));
  }
  return text;
}

std::string verdict(const Summary& summary) {
  const auto& facts = summary.facts;
  auto line = std::string(name(summary.verdict.result));
  if (summary.verdict.result == Verdict::Result::interrupted) {
    line += " after " + show_duration(facts.ended_at.time_since_epoch());
  }
  auto text = hang("Verdict  ", line);
  for (const auto& reason : summary.verdict.reasons) {
    text += hang("  - ", reason);
  }
  return text + fmt::format("Run it again with the same flags and --seed {}\n", facts.seed);
}

}  // namespace

std::string to_text(const Summary& summary) {
  return title(summary.facts) + '\n' + by_phase(summary) + '\n' + breakers(summary) + '\n' +
         transitions(summary.facts) + '\n' + verdict(summary);
}

std::string transition_text(const load::BreakerEvent& event, const std::string& breaker_name,
                            const Timetable& timetable) {
  const auto& transition = event.transition;
  auto text = fmt::format("{:>8}  {}  {}  {}", clock_text(transition.at), printable(breaker_name),
                          change_text(transition), printable(transition.cause));
  if (const auto since = since_fault(transition.at, timetable); !since.empty()) {
    text += " (" + since + ")";
  }
  return text;
}

std::string since_fault(TimePoint when, const Timetable& timetable) {
  const auto since = find_since_fault(when, timetable);
  if (!since) {
    return "";
  }
  return show_duration(since->elapsed) +
         (since->during ? " after the fault began" : " after the fault ended");
}

}  // namespace tripcurve::report
