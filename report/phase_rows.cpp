#include "report/phase_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/units.hpp"

namespace tripcurve::report {
namespace {

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

  [[nodiscard]] PhaseRows take() {
    std::vector<Column> header;
    for (const auto* summary : all_) {
      const auto& phase = summary->phase;
      const bool marked = phase.fault && summary != &totals_;
      header.push_back(
          {phase.name, format_duration(phase.end - phase.begin) + (marked ? " fault" : "")});
    }
    return {std::move(header), std::move(rows_)};
  }

 private:
  const PhaseSummary& totals_;
  std::vector<const PhaseSummary*> all_;
  std::vector<Row> rows_;
};

// Calls that were let out, and what became of them, set in by `margin`.
void add_ends(PhaseTable& table, const std::string& margin) {
  using load::Counts;
  table.add_count(margin + "ok", &Counts::ok);
  table.add(margin + "failed", [](const PhaseSummary& p) { return show_count(p.counts.failed()); });
  table.add_count_if_any(margin + "  error answers", &Counts::error_answers);
  table.add_count_if_any(margin + "  timeouts", &Counts::timeouts);
  table.add_count_if_any(margin + "  resets", &Counts::resets);
  table.add_count_if_any(margin + "  closed", &Counts::closed);
  table.add_count_if_any(margin + "  connect failed", &Counts::connect_failed);
  table.add_count_if_any(margin + "    in TLS handshake", &Counts::handshakes);
  table.add_count_if_any(margin + "  bad answers", &Counts::bad_answers);
  table.add_count_if_any(margin + "  abandoned", &Counts::abandoned);
  table.add_count_if_any(margin + "ignored", &Counts::ignored);
  table.add_count_if_any(margin + "answer cut", &Counts::cut);
  table.add_count_if_any(margin + "unfinished", &Counts::unfinished);
}

// Some calls made more than one request.
bool tries_again(const Summary& summary) {
  const auto& counts = summary.totals.counts;
  return counts.sent > counts.ok + counts.failed() + counts.ignored + counts.unfinished;
}

// Where a fallback got its answers from, if it is not always the same.
void add_fallback(PhaseTable& table, const load::Counts& totals) {
  using load::Counts;
  table.add_count_if_any("  fallback", &Counts::fallback);
  table.add_count_if_any("    of rejected", &Counts::fallback_open);
  table.add_count_if_any("    cached", &Counts::cached);
  if (totals.cached + totals.cache_misses > 0) {
    table.add("      hit rate", [](const PhaseSummary& p) {
      const auto asked = p.counts.cached + p.counts.cache_misses;
      return asked == 0
                 ? "-"
                 : show_share(static_cast<double>(p.counts.cached) / static_cast<double>(asked));
    });
  }
  table.add_count_if_any("    queued", &Counts::queued);
  if (totals.queued > 0) {
    table.add_count("      drained", &Counts::drained);
    table.add_count_if_any("      lost", &Counts::lost);
    table.add("      still queued",
              [](const PhaseSummary& p) { return show_count(p.counts.still_queued()); });
  }
  table.add_count_if_any("  no place in queue", &Counts::queue_full);
}

// "12.5%", or "10.0%..12.5%" where nobody can say of some calls whether they were withheld.
std::string withheld_share(const through::PhaseCounts& counts) {
  const auto answered = counts.calls - counts.lost;
  if (answered == 0) {
    return "-";
  }
  const auto share = [&](std::uint64_t part) {
    return show_share(static_cast<double>(part) / static_cast<double>(answered));
  };
  return counts.unknown == 0 ? share(counts.withheld)
                             : share(counts.withheld) + ".." +
                                   share(std::min(counts.withheld + counts.unknown, answered));
}

// What a service answered by itself, which is part of ok and failed: its rejections are answers.
void add_withheld(PhaseTable& table, const through::PhaseCounts& totals) {
  const auto add = [&](const std::string& label, auto cell) {
    table.add(label, [cell](const PhaseSummary& p) { return p.through ? cell(*p.through) : "-"; });
  };
  using through::PhaseCounts;
  add("  withheld", [](const PhaseCounts& counts) { return show_count(counts.withheld); });
  add("    of answered", withheld_share);
  if (totals.withheld_good > 0) {
    add("    answered well",
        [](const PhaseCounts& counts) { return show_count(counts.withheld_good); });
  }
}

// What the client's own breaker rejected.
void add_fail_fast(PhaseTable& table) {
  table.add_count("  fail-fast", &load::Counts::fail_fast);
  // Of those whose end is known, as the metric fail_fast_share.
  table.add("    of ended", [](const PhaseSummary& p) {
    return p.counts.ended() == 0 ? "-"
                                 : show_share(static_cast<double>(p.counts.fail_fast) /
                                              static_cast<double>(p.counts.ended()));
  });
}

void add_calls(PhaseTable& table, const PhaseSummary& all, bool tries_again) {
  const auto& totals = all.counts;
  using load::Counts;
  table.add_count("calls", &Counts::calls);
  if (!tries_again) {
    table.add_count("  sent", &Counts::sent);
  }
  add_ends(table, tries_again ? "  " : "    ");
  add_fallback(table, totals);
  table.add_count_if_any("  full", &Counts::full);
  if (all.through) {
    add_withheld(table, *all.through);
  } else {
    add_fail_fast(table);
  }
  table.add_count_if_any("  dropped", &Counts::dropped);
  if (tries_again) {
    table.add_count("requests sent", &Counts::sent);
  }
}

// In virtual time a request arrives in the very moment in which it is sent, and a call is made in
// the moment in which it is due. Rows that can only be zero there, or repeat others, are left out.
bool is_virtual(const Summary& summary) { return summary.facts.target.empty(); }

void add_upstream(PhaseTable& table, const UpstreamCounts& totals, bool is_virtual) {
  table.add_blank();
  table.add("upstream requests",
            [](const PhaseSummary& p) { return show_count(p.upstream->requests); });
  if (!is_virtual || totals.leaked_while_open > 0) {
    table.add("  leaked while open",
              [](const PhaseSummary& p) { return show_count(p.upstream->leaked_while_open); });
  }
  if (!is_virtual || totals.overtaken > 0) {
    table.add("  overtaken",
              [](const PhaseSummary& p) { return show_count(p.upstream->overtaken); });
  }
  if (totals.strangers > 0) {
    table.add("not of this run",
              [](const PhaseSummary& p) { return show_count(p.upstream->strangers); });
  }
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

void add_limit(PhaseTable& table) {
  const auto add = [&](const std::string& label, std::uint64_t load::LimitRange::* limit) {
    table.add(label,
              [&](const PhaseSummary& p) { return p.limit ? show_count((*p.limit).*limit) : "-"; });
  };
  table.add_blank();
  add("limit at the end", &load::LimitRange::last);
  add("  least", &load::LimitRange::least);
  add("  most", &load::LimitRange::most);
}

// What callers get on the whole: beside their upstream's answers, those of a fallback.
void add_availability(PhaseTable& table) {
  const auto share = [](const PhaseSummary& p, std::uint64_t good) {
    return p.counts.ended() == 0
               ? "-"
               : show_share(static_cast<double>(good) / static_cast<double>(p.counts.ended()));
  };
  table.add_blank();
  table.add("availability", [=](const PhaseSummary& p) { return share(p, p.counts.ok); });
  table.add("  with fallback",
            [=](const PhaseSummary& p) { return share(p, p.counts.ok + p.counts.fallback); });
}

using Stats = LatencyStats PhaseSummary::*;

void add_latencies(PhaseTable& table, const std::string& label, Stats stats) {
  table.add_blank();
  table.add_duration(label + " p50", stats, &LatencyStats::p50);
  table.add_duration(label + " p90", stats, &LatencyStats::p90);
  table.add_duration(label + " p99", stats, &LatencyStats::p99);
  table.add_duration(label + " p99.9", stats, &LatencyStats::p999);
  table.add_duration(label + " max", stats, &LatencyStats::max);
}

void add_schedule_error(PhaseTable& table) {
  constexpr Stats stats = &PhaseSummary::schedule_error;
  table.add_blank();
  table.add_duration("schedule error p50", stats, &LatencyStats::p50);
  table.add_duration("schedule error p99", stats, &LatencyStats::p99);
  table.add_duration("schedule error max", stats, &LatencyStats::max);
}

// No call was sent later than it was due, so that the two times are one.
bool all_sent_when_due(const Summary& summary) {
  return std::ranges::all_of(
      summary.phases, [](const PhaseSummary& phase) { return phase.service == phase.response; });
}

void add_middle_and_end(PhaseTable& table, const std::string& label, Stats stats) {
  table.add_blank();
  table.add_duration(label + " p50", stats, &LatencyStats::p50);
  table.add_duration(label + " max", stats, &LatencyStats::max);
}

void add_fallback_times(PhaseTable& table, const PhaseSummary& totals) {
  if (totals.stale_age.count > 0) {
    add_middle_and_end(table, "age of cached", &PhaseSummary::stale_age);
  }
  if (totals.queue_wait.count > 0) {
    add_middle_and_end(table, "wait in queue", &PhaseSummary::queue_wait);
  }
}

}  // namespace

PhaseRows phase_rows(const Summary& summary) {
  PhaseTable table(summary);
  add_calls(table, summary.totals, tries_again(summary));
  if (summary.totals.upstream) {
    add_upstream(table, *summary.totals.upstream, is_virtual(summary));
  }
  if (summary.totals.limit) {
    add_limit(table);
  }
  if (summary.totals.counts.fallback > 0) {
    add_availability(table);
    add_fallback_times(table, summary.totals);
  }
  add_latencies(table, "response", &PhaseSummary::response);
  if (summary.totals.gap.count >
      0) {  // otherwise all came at once, and their first byte is the last
    add_latencies(table, "first byte", &PhaseSummary::first_byte);
    add_middle_and_end(table, "longest gap", &PhaseSummary::gap);
  }
  if (!is_virtual(summary) || !all_sent_when_due(summary)) {
    add_latencies(table, "service", &PhaseSummary::service);
  }
  if (!is_virtual(summary) || summary.totals.schedule_error.max > Duration{}) {
    add_schedule_error(table);
  }
  return table.take();
}

}  // namespace tripcurve::report
