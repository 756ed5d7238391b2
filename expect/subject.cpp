#include "expect/subject.hpp"

#include <algorithm>
#include <utility>

namespace tripcurve::expect {
namespace {

using report::PhaseSummary;
using report::Summary;

load::Counts calls_of(const report::ServiceNumbers& numbers) {
  load::Counts counts;
  counts.calls = numbers.arrived;
  counts.ok = numbers.ok;
  counts.error_answers = numbers.failed;
  counts.full = numbers.full;
  return counts;
}

load::Counts calls_of(const topology::LinkCounts& link) {
  load::Counts counts;
  counts.calls = link.calls;
  counts.sent = link.requests;
  counts.ok = link.ok;
  counts.error_answers = link.failed;
  counts.timeouts = link.timed_out;
  counts.fail_fast = link.open;
  counts.full = link.full;
  counts.fallback = link.fallback;
  counts.fallback_open = link.fallback_open;
  return counts;
}

// The phase `of` the run, with other calls.
PhaseSummary phase_with(const PhaseSummary& of, const load::Counts& counts,
                        const std::optional<load::LimitRange>& limit = std::nullopt) {
  PhaseSummary phase;
  phase.phase = of.phase;
  phase.lasted = of.lasted;
  phase.counts = counts;
  phase.upstream.emplace().requests = counts.sent;
  phase.limit = limit;
  phase.endpoints = {{.name = {}, .counts = counts, .response = {}}};
  return phase;
}

// The run without its numbers.
Summary frame_of(const Summary& summary) {
  const auto& facts = summary.facts;
  return {.facts = {.timetable = facts.timetable,
                    .ending = facts.ending,
                    .ended_at = facts.ended_at,
                    .timeout = facts.timeout,
                    .interventions = facts.interventions}};
}

Summary seen_by_service(const Summary& summary, const report::ServiceSummary& service) {
  auto seen = frame_of(summary);
  const auto phase_of = [](const PhaseSummary& of, const report::ServiceNumbers& numbers) {
    auto phase = phase_with(of, calls_of(numbers));
    phase.response = numbers.response;
    return phase;
  };
  for (std::size_t i = 0; i < summary.phases.size(); ++i) {
    seen.phases.push_back(phase_of(summary.phases[i], service.phases[i]));
  }
  seen.totals = phase_of(summary.totals, service.totals);
  seen.services = {service};
  return seen;
}

Summary seen_by_link(const Summary& summary, const report::LinkSummary& link, std::string name) {
  auto seen = frame_of(summary);
  for (std::size_t i = 0; i < summary.phases.size(); ++i) {
    seen.phases.push_back(
        phase_with(summary.phases[i], calls_of(link.phases[i]), link.phases[i].limit));
  }
  seen.totals = phase_with(summary.totals, calls_of(link.totals), link.totals.limit);
  seen.facts.breakers.push_back(
      {.identity = {.name = std::move(name)}, .totals = link.history.totals()});
  seen.facts.transition_count = link.history.totals().transitions();
  seen.breakers.push_back(report::summarize_breaker(
      seen.facts.breakers.front(), link.breaker, link.history, report::fault_times(seen.facts, 0)));
  seen.histories.push_back(link.history);
  return seen;
}

}  // namespace

std::optional<Summary> seen_by(const Summary& summary, const report::Scope& scope) {
  for (const auto& service : summary.services) {
    if (service.name == scope.service) {
      return seen_by_service(summary, service);
    }
    for (const auto& link : service.links) {
      auto name = report::link_name(service.name, link.to);
      if (name == scope.link) {
        return seen_by_link(summary, link, std::move(name));
      }
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::expect
