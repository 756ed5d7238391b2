// A service's breaker as it was observed, beside the one that it should have.
#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"
#include "report/versus.hpp"

namespace tripcurve::report {
namespace {

// "40.0ms..50.5ms" where the change was observed, "50.0ms" where it is known.
std::string time_text(const std::optional<Duration>& after, TimePoint since,
                      const std::vector<load::BreakerEvent>& events) {
  if (!after) {
    return "never";
  }
  const auto event = std::ranges::find_if(events, [&](const load::BreakerEvent& one) {
    return one.transition.at == since + *after && one.earliest;
  });
  return event == events.end()
             ? show_duration(*after)
             : fmt::format("{}..{}", show_duration(std::max(*event->earliest, since) - since),
                           show_duration(*after));
}

std::string requests_text(const PhaseSummary& phase) {
  return phase.upstream ? show_count(phase.upstream->requests) : "-";
}

}  // namespace

std::string like_text(const Summary& summary) {
  const auto& like = *summary.versus;
  const auto of =
      summary.dependencies.empty() ? "" : summary.breakers.front().identity.name + " of ";
  auto text = hang("Like  ", fmt::format("observed of {}{}; configured: {}, simulated", of,
                                         summary.facts.dialect, like.breaker));
  std::vector<std::vector<std::string>> lines{{"", "observed", "configured"}};
  const auto& own = summary.breakers.front();
  const auto& other = like.breakers.front();
  for (std::size_t i = 0; i < std::min(own.reactions.size(), other.reactions.size()); ++i) {
    const auto& mine = own.reactions[i];
    const auto& its = other.reactions[i];
    const auto fault = show_duration(mine.fault.begin.time_since_epoch());
    lines.push_back({"fault at " + fault + ": opened after",
                     time_text(mine.time_to_open, mine.fault.begin, summary.facts.events),
                     time_text(its.time_to_open, its.fault.begin, {})});
    lines.push_back({"  closed again after",
                     time_text(mine.time_to_close, mine.fault.end, summary.facts.events),
                     time_text(its.time_to_close, its.fault.end, {})});
  }
  lines.push_back({"opened", show_count(own.opens), show_count(other.opens)});
  lines.push_back({"time in open", show_duration(own.time_open), show_duration(other.time_open)});
  for (std::size_t i = 0; i < summary.phases.size(); ++i) {
    const auto& mine = summary.phases[i];
    const auto& its = like.phases[i];
    lines.push_back(
        {mine.phase.name + ": arrived at the dependency", requests_text(mine), requests_text(its)});
    lines.push_back({"  withheld", mine.through ? show_count(mine.through->withheld) : "-",
                     show_count(its.counts.rejected())});
  }
  return text + render_columns(lines) + '\n';
}

}  // namespace tripcurve::report
