#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/ensure.hpp"
#include "core/units.hpp"
#include "load/pacer.hpp"
#include "load/rate_curve.hpp"

namespace tripcurve::report {
namespace {

using breaker::claims_open;
using breaker::State;
using breaker::Transition;

bool lets_all_through(State state) { return state == State::closed || state == State::disabled; }

bool opens(const Transition& t) { return claims_open(t.to) && !claims_open(t.from); }
bool closes(const Transition& t) { return lets_all_through(t.to) && !lets_all_through(t.from); }

// How far the experiment went. A completed run lasts as long as its timetable, even if the last
// call ended before; an interrupted one ends where it was stopped.
TimePoint run_end(const RunFacts& facts) {
  const auto planned = facts.timetable.end();
  return facts.ending == Ending::completed ? std::max(planned, facts.ended_at) : facts.ended_at;
}

LatencyStats stats(const Histogram& h) {
  return {.count = h.count(),
          .mean = h.mean(),
          .p50 = h.quantile(0.5),
          .p90 = h.quantile(0.9),
          .p95 = h.quantile(0.95),
          .p99 = h.quantile(0.99),
          .p999 = h.quantile(0.999),
          .max = h.max()};
}

PhaseSummary summarize_phase(Phase phase, Duration lasted, const load::PhaseTally& tally,
                             const std::vector<load::Endpoint>& endpoints,
                             std::optional<UpstreamCounts> upstream) {
  const auto response = tally.response();
  PhaseSummary summary{.phase = std::move(phase),
                       .lasted = lasted,
                       .counts = tally.counts(),
                       .response = stats(response),
                       .service = stats(tally.service),
                       .schedule_error = stats(tally.schedule_error),
                       .upstream = std::move(upstream),
                       .fail_fast = stats(tally.fail_fast),
                       .wasted = tally.wasted,
                       .peak_in_flight = tally.peak_in_flight,
                       .distribution = response.buckets(distribution_buckets)};
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    summary.endpoints.push_back(
        {endpoints[i].name(), tally.endpoints[i].counts, stats(tally.endpoints[i].response)});
  }
  return summary;
}

std::vector<PhaseSummary> summarize_phases(const RunFacts& facts, const Measured& measured) {
  std::vector<PhaseSummary> all;
  const auto& phases = facts.timetable.phases();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto reached = std::clamp(run_end(facts), phases[i].begin, phases[i].end);
    all.push_back(summarize_phase(
        phases[i], reached - phases[i].begin, measured.tally.phases[i], measured.load.endpoints,
        facts.upstream.empty() ? std::nullopt : std::optional(facts.upstream[i])));
  }
  return all;
}

void add(UpstreamCounts& sum, const UpstreamCounts& counts) {
  sum.arrived += counts.arrived;
  sum.arrived_while_open += counts.arrived_while_open;
  sum.served += counts.served;
  sum.overtaken += counts.overtaken;
  sum.strangers += counts.strangers;
  for (const auto& [kind, count] : counts.injected) {
    const auto known =
        std::ranges::find(sum.injected, kind, &decltype(sum.injected)::value_type::first);
    if (known == sum.injected.end()) {
      sum.injected.emplace_back(kind, count);
    } else {
      known->second += count;
    }
  }
}

PhaseSummary summarize_totals(const RunFacts& facts, const Measured& measured) {
  auto sum = measured.tally.phases.front();
  for (std::size_t i = 1; i < measured.tally.phases.size(); ++i) {
    sum.merge(measured.tally.phases[i]);
  }
  std::optional<UpstreamCounts> upstream;
  for (const auto& counts : facts.upstream) {
    add(upstream ? *upstream : upstream.emplace(), counts);
  }
  const auto end = std::min(run_end(facts), facts.timetable.end());
  Phase whole{.name = "total", .begin = {}, .end = end, .fault = !facts.timetable.faults().empty()};
  return summarize_phase(std::move(whole), end.time_since_epoch(), sum, measured.load.endpoints,
                         std::move(upstream));
}

// The state that the transitions before `when` led to. A breaker begins closed.
State state_before(const std::vector<Transition>& transitions, TimePoint when) {
  const auto next = std::ranges::partition_point(
      transitions, [&](const Transition& transition) { return transition.at < when; });
  return next == transitions.begin() ? State::closed : std::prev(next)->to;
}

Reaction react(const std::vector<Transition>& transitions, const FaultWindow& fault,
               TimePoint next_fault, TimePoint known_until) {
  const auto first_from = [&](TimePoint begin, auto matches) -> std::optional<TimePoint> {
    const auto found = std::ranges::find_if(transitions, [&](const Transition& transition) {
      return begin <= transition.at && transition.at < next_fault && matches(transition);
    });
    return found == transitions.end() ? std::nullopt : std::optional(found->at);
  };

  Reaction reaction;
  reaction.fault = fault;
  if (claims_open(state_before(transitions, fault.begin))) {
    reaction.time_to_open = Duration::zero();
  } else if (const auto opening = first_from(fault.begin, opens)) {
    reaction.time_to_open = *opening - fault.begin;
  }
  reaction.opened = reaction.time_to_open.has_value();

  if (known_until < fault.end) {
    return reaction;
  }
  const bool opened_late = reaction.opened && fault.begin + *reaction.time_to_open >= fault.end;
  if (lets_all_through(state_before(transitions, fault.end)) && !opened_late) {
    reaction.time_to_close = Duration::zero();
  } else if (const auto closing = first_from(fault.end, closes)) {
    reaction.time_to_close = *closing - fault.end;
  }
  reaction.closed_again = reaction.time_to_close.has_value();
  return reaction;
}

void add_time_in_states(BreakerSummary& summary, const std::vector<Transition>& transitions,
                        TimePoint until) {
  TimePoint since{};
  State state = State::closed;
  const auto spend = [&](TimePoint end) {
    const auto spent = std::max(std::min(end, until) - since, Duration::zero());
    switch (state) {
      case State::closed:
      case State::disabled:
        summary.time_closed += spent;
        return;
      case State::open:
      case State::forced_open:
        summary.time_open += spent;
        return;
      case State::half_open:
        summary.time_half_open += spent;
        return;
    }
  };
  for (const auto& transition : transitions) {
    spend(transition.at);
    since = transition.at;
    state = transition.to;
  }
  spend(until);
}

BreakerSummary summarize_breaker(const RunFacts& facts, std::size_t breaker) {
  std::vector<Transition> transitions;
  for (const auto& event : facts.events) {
    if (event.breaker == breaker) {
      transitions.push_back(event.transition);
    }
  }
  const auto known_until =
      events_cut_short(facts) && !facts.events.empty() ? facts.events.back().transition.at : never;

  BreakerSummary summary;
  summary.name = facts.breaker_names[breaker];
  summary.final_state = transitions.empty() ? State::closed : transitions.back().to;
  summary.opens = static_cast<std::uint64_t>(std::ranges::count_if(transitions, opens));
  add_time_in_states(summary, transitions, std::min(facts.ended_at, known_until));

  const auto end = std::min(run_end(facts), known_until);
  const auto& faults = facts.timetable.faults();
  for (std::size_t i = 0; i < faults.size() && faults[i].begin < end; ++i) {
    const auto next_fault = i + 1 < faults.size() ? faults[i + 1].begin : never;
    summary.reactions.push_back(react(transitions, faults[i], next_fault, end));
  }
  return summary;
}

// How many calls of an open loop fall into the run, where that can be told without making them.
std::optional<std::uint64_t> calls_due(const RunFacts& facts, const load::LoadPlan& load) {
  const auto* open = std::get_if<load::OpenLoop>(&load.loop);
  if (open == nullptr || open->arrival == load::Arrival::poisson ||
      facts.ending != Ending::completed) {
    return std::nullopt;
  }
  return load::constant_calls_before(*open, facts.timetable.end());
}

void doubt_amount(const RunFacts& facts, const load::LoadPlan& load, const load::Counts& made,
                  std::vector<std::string>& doubts) {
  const auto due = std::max(calls_due(facts, load).value_or(made.calls), made.calls);
  const auto late = due - made.calls;
  if (static_cast<double>(late + made.dropped) <= 0.01 * static_cast<double>(due)) {
    return;
  }
  const auto share = [&](std::uint64_t part) {
    return show_share(static_cast<double>(part) / static_cast<double>(due));
  };
  if (made.dropped > 0) {
    doubts.push_back(
        fmt::format("{} of calls were dropped at the cap of {} in flight; raise --max-in-flight",
                    share(made.dropped), load.max_in_flight));
  }
  if (late > 0) {
    doubts.push_back(
        fmt::format("{} of the {} calls due were never taken up: this machine could not keep the "
                    "pace; lower --rate or add --threads",
                    share(late), show_count(due)));
  }
}

void doubt_pace(const load::LoadPlan& load, const LatencyStats& schedule_error,
                std::vector<std::string>& doubts) {
  const auto* open = std::get_if<load::OpenLoop>(&load.loop);
  if (open == nullptr) {
    return;
  }
  const auto rate = load::highest_rate(*open);
  const Duration gap(static_cast<Duration::rep>(1e9 / rate.per_second));
  const auto limit =
      std::clamp<Duration>(gap, std::chrono::milliseconds(1), std::chrono::milliseconds(10));
  if (schedule_error.p99 > limit) {
    doubts.push_back(fmt::format(
        "the schedule error's p99 is {}, above {}: this machine could not keep the pace "
        "of {}; lower --rate or add --threads",
        show_duration(schedule_error.p99), show_duration(limit), format_rate(rate)));
  }
}

// What a breaker would have done with a call that it was not asked about, nobody knows.
void doubt_trials(const Measured& measured, std::vector<std::string>& doubts) {
  std::uint64_t dropped = 0;
  for (const auto& phase : measured.tally.phases) {
    dropped += phase.dropped_trials;
  }
  if (dropped > 0) {
    doubts.push_back(fmt::format(
        "{} dropped at the cap of {} in flight while the breaker was half-open or open, so it may "
        "have lacked trial calls; raise --max-in-flight",
        dropped == 1 ? "1 call was" : show_count(dropped) + " calls were",
        measured.load.max_in_flight));
  }
}

// They count nowhere, but the limits and the machine do not tell them apart.
void doubt_strangers(const std::optional<UpstreamCounts>& upstream,
                     std::vector<std::string>& doubts) {
  if (upstream && upstream->strangers > 0) {
    doubts.push_back(fmt::format(
        "{} to this run's upstream from somebody else and took part of its limits and of this "
        "machine; let no other program call its port",
        upstream->strangers == 1 ? "1 request came"
                                 : show_count(upstream->strangers) + " requests came"));
  }
}

std::vector<std::string> find_doubts(const RunFacts& facts, const Measured& measured,
                                     const PhaseSummary& totals) {
  const auto& load = measured.load;
  std::vector<std::string> doubts;
  if (totals.counts.calls == 0) {
    doubts.push_back(fmt::format("0 calls were made in {}; {}", show_duration(totals.lasted),
                                 std::holds_alternative<load::OpenLoop>(load.loop)
                                     ? "raise --rate or make the run longer"
                                     : "raise --workers or make the run longer"));
  } else {
    doubt_amount(facts, load, totals.counts, doubts);
    doubt_pace(load, totals.schedule_error, doubts);
  }
  doubt_trials(measured, doubts);
  doubt_strangers(totals.upstream, doubts);
  return doubts;
}

}  // namespace

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::completed:
      return "completed";
    case Ending::interrupted:
      return "interrupted";
    case Ending::unhealthy:
      return "unhealthy";
    case Ending::stopped:
      return "stopped";
    case Ending::running:
      return "running";
  }
  return "unknown";
}

Summary summarize(RunFacts facts, const Measured& measured) {
  ENSURE(measured.tally.phases.size() == facts.timetable.phases().size());
  ENSURE(facts.upstream.empty() || facts.upstream.size() == facts.timetable.phases().size());
  ENSURE(facts.events.size() <= facts.transition_count);

  auto phases = summarize_phases(facts, measured);
  auto totals = summarize_totals(facts, measured);
  std::vector<BreakerSummary> breakers;
  breakers.reserve(facts.breaker_names.size());
  for (std::size_t i = 0; i < facts.breaker_names.size(); ++i) {
    breakers.push_back(summarize_breaker(facts, i));
    if (breakers.back().final_state == State::half_open && i < measured.probes.size()) {
      breakers.back().last_probes = measured.probes[i];
    }
  }
  auto doubts = find_doubts(facts, measured, totals);
  Summary summary{.facts = std::move(facts),
                  .phases = std::move(phases),
                  .totals = std::move(totals),
                  .breakers = std::move(breakers),
                  .doubts = std::move(doubts)};
  summary.verdict = decide(summary);
  return summary;
}

}  // namespace tripcurve::report
