#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/ensure.hpp"
#include "core/units.hpp"
#include "load/pacer.hpp"
#include "load/rate_curve.hpp"
#include "report/selectivity.hpp"

namespace tripcurve::report {
namespace {

using breaker::State;

PhaseSummary summarize_phase(Phase phase, Duration lasted, const load::PhaseTally& tally,
                             const load::LoadPlan& load, std::optional<UpstreamCounts> upstream) {
  const auto response = tally.response();
  PhaseSummary summary{.phase = std::move(phase),
                       .lasted = lasted,
                       .counts = tally.counts(),
                       .response = LatencyStats::of(response),
                       .service = LatencyStats::of(tally.service()),
                       .schedule_error = LatencyStats::of(tally.schedule_error.histogram()),
                       .upstream = std::move(upstream),
                       .fail_fast = LatencyStats::of(tally.fail_fast),
                       .first_byte = LatencyStats::of(tally.first_byte()),
                       .gap = LatencyStats::of(tally.gap),
                       .stale_age = LatencyStats::of(tally.stale_age),
                       .queue_wait = LatencyStats::of(tally.queue_wait),
                       .wasted = tally.wasted,
                       .peak_in_flight = tally.peak_in_flight,
                       .peak_is_bound = load.shards > 1,
                       .limit = tally.limit.last > 0 ? std::optional(tally.limit) : std::nullopt,
                       .distribution = response.buckets(distribution_buckets)};
  for (std::size_t i = 0; i < load.endpoints.size(); ++i) {
    summary.endpoints.push_back({load.endpoints[i].name(), tally.endpoints[i].counts,
                                 LatencyStats::of(tally.endpoints[i].times.response())});
  }
  return summary;
}

std::vector<PhaseSummary> summarize_phases(const RunFacts& facts, const Measured& measured) {
  std::vector<PhaseSummary> all;
  const auto& phases = facts.timetable.phases();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto reached = std::clamp(run_end(facts), phases[i].begin, phases[i].end);
    all.push_back(summarize_phase(
        phases[i], reached - phases[i].begin, measured.tally.phases[i], measured.load,
        facts.upstream.empty() ? std::nullopt : std::optional(facts.upstream[i])));
  }
  return all;
}

}  // namespace

namespace {

std::string observed_words(const InjectedShare& share) {
  if (!share.observed) {
    return "";
  }
  const auto seen = show_count(*share.observed);
  auto text = share.to_observe == share.injected
                  ? "; the load saw " + seen
                  : fmt::format("; the load saw {} of {} that end like that, by whatever fault",
                                seen, show_count(share.to_observe));
  if (share.is_missed()) {
    text += " and did not wait for the others";
  } else if (share.is_exceeded()) {
    text +=
        fmt::format(", {} of which no fault made", show_count(*share.observed - share.to_observe));
  }
  return text;
}

}  // namespace

std::string words(const InjectedShare& share) {
  const auto n = static_cast<double>(share.drawn);
  auto text = fmt::format(
      "{} hit {} of {} {} ({}); {} was asked for", share.kind, show_count(share.injected),
      show_count(share.drawn), share.of_connections ? "connections" : "requests",
      show_share(static_cast<double>(share.injected) / n), show_share(share.requested));
  if (share.least != share.most) {
    text += fmt::format(", which makes {} to {} likely", show_count(*share.least),
                        show_count(*share.most));
  }
  if (share.spared) {
    text += fmt::format("; {} more left it nothing to do", show_count(*share.spared));
  }
  text += share.is_likely() ? "" : ": THIS IS UNLIKELY";
  return text + observed_words(share);
}

namespace {

void add(UpstreamCounts& sum, const UpstreamCounts& counts) {
  sum.requests += counts.requests;
  sum.leaked_while_open += counts.leaked_while_open;
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
    sum.append(measured.tally.phases[i]);
  }
  std::optional<UpstreamCounts> upstream;
  for (const auto& counts : facts.upstream) {
    add(upstream ? *upstream : upstream.emplace(), counts);
  }
  const auto end = std::min(run_end(facts), facts.timetable.end());
  Phase whole{.name = "total", .begin = {}, .end = end, .fault = !facts.timetable.faults().empty()};
  return summarize_phase(std::move(whole), end.time_since_epoch(), sum, measured.load,
                         std::move(upstream));
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
        fmt::format("{} of calls were dropped at the limit of {} in flight; raise --max-in-flight",
                    share(made.dropped), load.max_in_flight));
  }
  if (late > 0) {
    doubts.push_back(fmt::format(
        "{} of {} were never made, because this machine could "
        "not keep the pace; lower --rate or add --threads",
        share(late),
        due == 1 ? "the 1 call that was due" : "the " + show_count(due) + " calls that were due"));
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
    doubts.push_back(
        fmt::format("the p99 of the schedule error is {}, above the limit of {}, because this "
                    "machine could not keep the pace of {}; lower --rate or add --threads",
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
    doubts.push_back(
        fmt::format("{} dropped at the limit of {} in flight while the breaker was half-open or "
                    "open, so it may have lacked trial calls; raise --max-in-flight",
                    dropped == 1 ? "1 call was" : show_count(dropped) + " calls were",
                    measured.load.max_in_flight));
  }
}

// They count nowhere, but the limits and the machine do not tell them apart.
void doubt_strangers(const std::optional<UpstreamCounts>& upstream,
                     std::vector<std::string>& doubts) {
  if (upstream && upstream->strangers > 0) {
    doubts.push_back(fmt::format(
        "{} from another program reached this run's upstream and used part of its limits and of "
        "this machine; let no other program call its port",
        upstream->strangers == 1 ? "1 request" : show_count(upstream->strangers) + " requests"));
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
    case Ending::terminated:
      return "terminated";
    case Ending::unhealthy:
      return "unhealthy";
    case Ending::stopped:
      return "stopped";
    case Ending::running:
      return "running";
  }
  return "unknown";
}

TimePoint run_end(const RunFacts& facts) {
  const auto planned = facts.timetable.end();
  return facts.ending == Ending::completed ? std::max(planned, facts.ended_at) : facts.ended_at;
}

FaultTimes fault_times(const RunFacts& facts, std::size_t breaker) {
  return {facts.breakers[breaker].faults.value_or(facts.timetable.faults()), facts.timeout,
          std::min(run_end(facts), facts.timetable.end())};
}

bool wrong_on_purpose(const RunFacts& facts, std::size_t breaker, const Step& step) {
  if (in_fault(fault_times(facts, breaker), step)) {
    return true;
  }
  const auto& by_hand = facts.interventions;
  for (std::size_t i = 0; i < by_hand.size(); ++i) {
    const auto until = i + 1 < by_hand.size() ? by_hand[i + 1].at : never;
    if (by_hand[i].faulty && by_hand[i].at <= step.at &&
        (until == never || step.at < until + facts.timeout)) {
      return true;
    }
  }
  return false;
}

std::optional<std::uint64_t> false_opens(const Summary& summary) {
  if (summary.histories.empty() || events_cut_short(summary.facts)) {
    return std::nullopt;
  }
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < summary.histories.size(); ++i) {
    for (const auto& step : summary.histories[i].steps()) {
      count += step.trips() && !wrong_on_purpose(summary.facts, i, step) ? 1U : 0U;
    }
  }
  return count;
}

BreakerSummary summarize_breaker(const BreakerFacts& breaker, const std::string& dialect,
                                 const History& history, const FaultTimes& times) {
  const Span run{{}, times.reached};
  return {.identity = breaker.identity,
          .dialect = dialect,
          .initial_state = breaker.totals.initial(),
          .final_state = breaker.totals.state(),
          .opens = breaker.totals.opens(),
          .trips = breaker.totals.trips(),
          .closes = breaker.totals.closes(),
          .time_closed = history.time_in(State::closed, run).value,
          .time_open = history.time_in(State::open, run).value,
          .time_half_open = history.time_in(State::half_open, run).value,
          .reactions = reactions(history, times)};
}

Summary summarize(RunFacts facts, const Measured& measured) {
  ENSURE(measured.tally.phases.size() == facts.timetable.phases().size());
  ENSURE(facts.upstream.empty() || facts.upstream.size() == facts.timetable.phases().size());
  ENSURE(facts.events.size() <= facts.transition_count);

  auto phases = summarize_phases(facts, measured);
  auto totals = summarize_totals(facts, measured);
  std::vector<breaker::Totals> in_all;
  for (const auto& breaker : facts.breakers) {
    in_all.push_back(breaker.totals);
  }
  auto lives = histories(facts.events, in_all);
  std::vector<BreakerSummary> breakers;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    breakers.push_back(
        summarize_breaker(facts.breakers[i], facts.dialect, lives[i], fault_times(facts, i)));
    if (breakers.back().final_state == State::half_open && i < measured.probes.size()) {
      breakers.back().last_probes = measured.probes[i];
    }
  }
  auto doubts = find_doubts(facts, measured, totals);
  Summary summary{.facts = std::move(facts),
                  .phases = std::move(phases),
                  .totals = std::move(totals),
                  .breakers = std::move(breakers),
                  .histories = std::move(lives),
                  .doubts = std::move(doubts)};
  summary.verdict = decide(summary);
  return summary;
}

namespace {

// As notes and doubts, which say of which dependency they are where there are several.
void add_words(Summary& summary, const through::Observed& observed, const std::string& name) {
  const auto prefix = name.empty() ? "" : name + ": ";
  for (const auto& line : through::spell_words(observed)) {
    summary.facts.notes.push_back(prefix + line);
  }
  for (const auto& note : observed.notes) {
    summary.facts.notes.push_back(prefix + note);
  }
  for (const auto& doubt : observed.doubts) {
    summary.doubts.push_back(prefix + doubt);
  }
}

}  // namespace

void add_dependency(Summary& summary, DependencySummary dependency) {
  add_words(summary, dependency.observed, dependency.name);
  summary.dependencies.push_back(std::move(dependency));
  summary.verdict = decide(summary);
}

void add_through(Summary& summary, through::Observed observed) {
  through::PhaseCounts total;
  for (std::size_t i = 0; i < summary.phases.size(); ++i) {
    summary.phases[i].through = observed.phases[i];
    total += observed.phases[i];
  }
  summary.totals.through = total;
  const bool several = summary.breakers.size() > 1;
  add_words(summary, observed, several ? summary.breakers.front().identity.name : "");
  summary.through = std::move(observed);
  summary.verdict = decide(summary);
}

std::vector<std::string> selectivity_lines(const Summary& summary) {
  const auto& events = summary.facts.events;
  const auto opening = std::ranges::find_if(events, [](const load::BreakerEvent& event) {
    return breaker::opens(event.transition.from, event.transition.to);
  });
  return selectivity_lines(
      summary.services, summary.facts.dialect != "none",
      opening == events.end() ? std::nullopt : std::optional(opening->transition.at));
}

}  // namespace tripcurve::report
