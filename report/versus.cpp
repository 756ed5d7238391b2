#include "report/versus.hpp"

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::report {
namespace {

std::uint64_t requests_of(const PhaseSummary& phase) {
  return phase.upstream ? phase.upstream->requests : phase.counts.sent;
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : show_share(static_cast<double>(part) / static_cast<double>(whole));
}

std::string time_text(const LatencyStats& stats, Duration LatencyStats::* quantile) {
  return stats.count == 0 ? "-" : show_duration(stats.*quantile);
}

// What one run has to show, by rows.
std::vector<std::string> column_of(const PhaseSummary& phase) {
  const auto& counts = phase.counts;
  return {show_count(requests_of(phase)),
          share_text(counts.ok + counts.fallback, counts.ended()),
          show_count(counts.failed()),
          show_count(counts.fail_fast + counts.full),
          time_text(phase.response, &LatencyStats::p50),
          time_text(phase.response, &LatencyStats::p99),
          show_duration(phase.wasted)};
}

std::string table_of(const PhaseSummary& with, const PhaseSummary& without) {
  const std::vector<std::string> labels{
      "upstream requests",      "availability", "failed", "rejected", "p50", "p99",
      "time wasted on failures"};
  const auto left = column_of(with);
  const auto right = column_of(without);
  std::vector<std::vector<std::string>> lines{{with.phase.name, "with", "without"}};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    lines.push_back({labels[i], left[i], right[i]});
  }
  return render_columns(lines);
}

// "saved 11,204 upstream requests", or how many more there were.
std::string requests_sentence(const PhaseSummary& with, const PhaseSummary& without) {
  const auto mine = requests_of(with);
  const auto its = requests_of(without);
  return mine <= its
             ? fmt::format("The breaker saved {} upstream {}", show_count(its - mine),
                           plural(static_cast<double>(its - mine), "request"))
             : fmt::format("With the breaker the upstream got {} {} more", show_count(mine - its),
                           plural(static_cast<double>(mine - its), "request"));
}

// What its rejections cost. In a topology the breakers stand elsewhere, and nobody knows what would
// have become of the calls that they rejected.
std::string rejections_sentence(const Summary& summary) {
  const auto& with = summary.totals;
  if (!summary.services.empty()) {
    return "";
  }
  return fmt::format(" It rejected {} {}{}.", show_count(with.counts.fail_fast),
                     plural(static_cast<double>(with.counts.fail_fast), "call"),
                     with.upstream ? fmt::format(", {} of which would have been answered well",
                                                 show_count(with.counts.rejected_good))
                                   : "");
}

}  // namespace

std::string versus_text(const Summary& summary) {
  if (!summary.versus) {
    return "";
  }
  const auto& [breaker, totals, phases] = *summary.versus;
  const auto own =
      summary.services.empty() ? summary.facts.dialect : "the breakers of its services";
  auto text = hang("Versus  ", fmt::format("with {}; without: {}", own, breaker));
  for (std::size_t i = 0; i < summary.phases.size(); ++i) {
    if (summary.phases[i].phase.fault) {
      text += table_of(summary.phases[i], phases[i]);
    }
  }
  text += table_of(summary.totals, totals);
  const auto& with = summary.totals;
  text += hang("  - ", fmt::format("{}. Callers waited {} for calls that failed, instead of {}.{}",
                                   requests_sentence(with, totals), show_duration(with.wasted),
                                   show_duration(totals.wasted), rejections_sentence(summary)));
  return text + '\n';
}

}  // namespace tripcurve::report
