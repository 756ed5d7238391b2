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
                      const std::vector<load::BreakerEvent>& events, std::size_t breaker) {
  if (!after) {
    return "never";
  }
  const auto event = std::ranges::find_if(events, [&](const load::BreakerEvent& one) {
    return one.breaker == breaker && one.transition.at == since + *after && one.earliest;
  });
  return event == events.end()
             ? show_duration(*after)
             : fmt::format("{}..{}", show_duration(std::max(*event->earliest, since) - since),
                           show_duration(*after));
}

// What was seen in a phase on both sides of the service.
struct Seen {
  std::string phase{};
  std::string requests{};
  std::string withheld{};
};

std::vector<Seen> seen_of(const std::vector<PhaseSummary>& phases) {
  std::vector<Seen> seen;
  for (const auto& phase : phases) {
    seen.push_back({phase.phase.name, phase.upstream ? show_count(phase.upstream->requests) : "-",
                    phase.through ? show_count(phase.through->withheld) : "-"});
  }
  return seen;
}

std::vector<Seen> seen_of(const std::vector<DependencyPhase>& phases) {
  std::vector<Seen> seen;
  for (const auto& phase : phases) {
    seen.push_back({phase.name, show_count(phase.seen.arrived()), show_count(phase.seen.withheld)});
  }
  return seen;
}

std::string beside(const Summary& summary, std::size_t breaker, const Versus& like,
                   const std::vector<Seen>& phases) {
  const auto& own = summary.breakers[breaker];
  const auto& other = like.breakers.front();
  const auto of = summary.dependencies.empty() ? "" : own.identity.name + " of ";
  std::vector<std::vector<std::string>> lines{{"", "observed", "configured"}};
  for (std::size_t i = 0; i < std::min(own.reactions.size(), other.reactions.size()); ++i) {
    const auto& mine = own.reactions[i];
    const auto& its = other.reactions[i];
    const auto fault = show_duration(mine.fault.begin.time_since_epoch());
    const auto line = [&](const std::string& what, const std::optional<Duration> Reaction::* time,
                          TimePoint FaultWindow::* since) {
      lines.push_back({what,
                       time_text(mine.*time, mine.fault.*since, summary.facts.events, breaker),
                       time_text(its.*time, its.fault.*since, {}, 0)});
    };
    line("fault at " + fault + ": opened after", &Reaction::time_to_open, &FaultWindow::begin);
    line("  closed again after", &Reaction::time_to_close, &FaultWindow::end);
  }
  lines.push_back({"opened", show_count(own.opens), show_count(other.opens)});
  lines.push_back({"time in open", show_duration(own.time_open), show_duration(other.time_open)});
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto& its = like.phases[i];
    lines.push_back({phases[i].phase + ": arrived at the dependency", phases[i].requests,
                     its.upstream ? show_count(its.upstream->requests) : "-"});
    lines.push_back({"  withheld", phases[i].withheld, show_count(its.counts.rejected())});
  }
  return hang("Like  ", fmt::format("observed of {}{}; configured: {}, simulated", of,
                                    summary.facts.dialect, like.breaker)) +
         render_columns(lines) + '\n';
}

}  // namespace

std::string like_text(const Summary& summary) {
  std::string text;
  if (summary.versus) {
    text += beside(summary, 0, *summary.versus, seen_of(summary.phases));
  }
  for (std::size_t i = 0; i < summary.dependencies.size(); ++i) {
    const auto& dependency = summary.dependencies[i];
    if (dependency.versus) {
      text += beside(summary, i + 1, *dependency.versus, seen_of(dependency.phases));
    }
  }
  return text;
}

}  // namespace tripcurve::report
