#include "expect/observe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::expect {

std::vector<Stretch> stretches(const report::Summary& summary, const report::Scope& scope) {
  const auto& facts = summary.facts;
  if (scope.phase.empty()) {
    return {{&summary.totals,
             {},
             TimePoint{},
             std::max(facts.ended_at, summary.totals.phase.end),
             /*to_the_end=*/true}};
  }
  const auto namesakes = std::ranges::count_if(
      summary.phases, [&](const auto& phase) { return phase.phase.name == scope.phase; });
  std::vector<Stretch> found;
  int number = 0;
  for (const auto& phase : summary.phases) {
    if (phase.phase.name != scope.phase) {
      continue;
    }
    ++number;
    if (phase.lasted <= Duration::zero()) {
      continue;
    }
    const auto reached = phase.phase.begin + phase.lasted;
    const bool last = reached < phase.phase.end || reached >= facts.timetable.end();
    found.push_back({&phase, namesakes == 1 ? "" : fmt::format("{} ({})", phase.phase.name, number),
                     phase.phase.begin, last ? std::max(reached, facts.ended_at) : reached, last});
  }
  return found;
}

const load::Counts* counts_of(const Stretch& stretch, const report::Scope& scope) {
  if (scope.endpoint.empty()) {
    return &stretch.phase->counts;
  }
  const auto& endpoints = stretch.phase->endpoints;
  const auto found = std::ranges::find(endpoints, scope.endpoint, &report::EndpointSummary::name);
  return found == endpoints.end() ? nullptr : &found->counts;
}

Observations by_counts(const report::Summary& summary, const report::Scope& scope,
                       const OfCounts& observe) {
  Observations all;
  const auto found = stretches(summary, scope);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (const auto* counts = counts_of(found[i], scope)) {
      all.push_back(observe(*counts, found[i]));
      all.back().subject = found[i].subject;
      all.back().stretch = i;
    }
  }
  return all;
}

Observations by_latency(const report::Summary& summary, const report::Scope& scope, Stats stats,
                        const Pick& pick) {
  Observations all;
  const auto reached = stretches(summary, scope);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto& stretch = reached[i];
    const auto* latency = &(stretch.phase->*stats);
    if (!scope.endpoint.empty()) {
      const auto& endpoints = stretch.phase->endpoints;
      const auto found =
          std::ranges::find(endpoints, scope.endpoint, &report::EndpointSummary::name);
      if (found == endpoints.end()) {
        continue;
      }
      latency = &found->response;
    }
    Observation observation{.subject = stretch.subject, .samples = latency->count, .stretch = i};
    if (latency->count > 0) {
      observation.value = to_milliseconds(pick(*latency));
    }
    all.push_back(std::move(observation));
  }
  return all;
}

bool opens(const breaker::Transition& t) {
  return breaker::claims_open(t.to) && !breaker::claims_open(t.from);
}
bool trips(const breaker::Transition& t) { return opens(t) && t.from != breaker::State::half_open; }
bool closes(const breaker::Transition& t) {
  return t.to == breaker::State::closed && t.from != breaker::State::closed;
}

namespace {

using breaker::State;

// The breaker protects that endpoint. Names are "client" or "/pay"; of several clients "client 3"
// or "client 3 /pay".
bool protects(std::string_view breaker, std::string_view endpoint) {
  constexpr std::string_view client = "client ";
  if (breaker.starts_with(client)) {
    const auto after_number = breaker.find(' ', client.size());
    breaker = after_number == std::string_view::npos ? "" : breaker.substr(after_number + 1);
  }
  const bool for_all = breaker.empty() || breaker == trim(client);
  return for_all || breaker == endpoint;
}

bool selected(const std::string& breaker, const report::Scope& scope) {
  return (scope.breaker.empty() || breaker == scope.breaker) &&
         (scope.endpoint.empty() || protects(breaker, scope.endpoint));
}

std::string subject_of(const report::Summary& summary, std::size_t breaker,
                       const std::string& stretch) {
  const auto& names = summary.facts.breaker_names;
  if (names.size() == 1) {
    return stretch;
  }
  return stretch.empty() ? names[breaker] : names[breaker] + " in " + stretch;
}

// Transitions from there on were not kept.
TimePoint known_until(const report::Summary& summary) {
  const auto& facts = summary.facts;
  return report::events_cut_short(facts) && !facts.events.empty()
             ? facts.events.back().transition.at
             : never;
}

Observation cut_short(const report::Summary& summary) {
  return {.why = fmt::format("only the first {} transitions were kept",
                             show_count(summary.facts.events.size()))};
}

// The calls of a stretch that come to a breaker of that name.
std::uint64_t calls_to(const Stretch& stretch, const std::string& breaker) {
  std::uint64_t calls = 0;
  for (const auto& endpoint : stretch.phase->endpoints) {
    calls += protects(breaker, endpoint.name) ? endpoint.counts.calls : 0;
  }
  return calls;
}

// As far as the run came. A completed one lasts as long as was planned, even if its last call ended
// before.
TimePoint reached_by(const report::RunFacts& facts) {
  return facts.ending == report::Ending::completed ? std::max(facts.ended_at, facts.timetable.end())
                                                   : facts.ended_at;
}

// The spans that "time to ..." counts in: each selected phase, or without one each fault the run
// reached, from its begin (or its end, for the recovery) until the next fault begins.
enum class From : std::uint8_t { fault_begin, fault_end };

std::vector<Stretch> spans(const report::Summary& summary, const report::Scope& scope, From from) {
  if (!scope.phase.empty()) {
    return stretches(summary, scope);
  }
  std::vector<Stretch> all;
  const auto& facts = summary.facts;
  const auto& faults = facts.timetable.faults();
  const auto reached = reached_by(facts);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const auto begin = from == From::fault_begin ? faults[i].begin : faults[i].end;
    const auto next = i + 1 < faults.size() ? faults[i + 1].begin : never;
    // Whoever opens after the fault is over has not opened for it.
    const auto end =
        from == From::fault_begin ? std::min(faults[i].end + facts.timeout, next) : next;
    if (begin >= reached) {
      break;
    }
    all.push_back({&summary.totals,
                   faults.size() == 1
                       ? ""
                       : "the fault at " + format_duration(faults[i].begin.time_since_epoch()),
                   begin, std::min(end, reached), reached <= end});
  }
  return all;
}

State state_at(const report::Summary& summary, std::size_t breaker, TimePoint when) {
  State state = State::closed;
  // In order by breaker; those of several may be out of it by the little that their clocks are.
  for (const auto& event : summary.facts.events) {
    if (event.breaker == breaker && event.transition.at < when) {
      state = event.transition.to;
    }
  }
  return state;
}

// The phases that the run reached and that share time with a stretch of it.
std::vector<const report::PhaseSummary*> phases_between(const report::Summary& summary,
                                                        TimePoint begin, TimePoint end) {
  std::vector<const report::PhaseSummary*> found;
  for (const auto& phase : summary.phases) {
    if (phase.phase.begin < end && begin < phase.phase.begin + phase.lasted) {
      found.push_back(&phase);
    }
  }
  return found;
}

bool without_calls(const report::Summary& summary, TimePoint begin, TimePoint end) {
  return std::ranges::all_of(phases_between(summary, begin, end),
                             [](const auto* phase) { return phase->counts.calls == 0; });
}

// Times the first event that `matches` in each span and selected breaker. `there_already` answers
// for a state that needs no waiting; nothing when the span has no sample.
template <typename Matches, typename ThereAlready, typename Why>
Observations time_to(const report::Summary& summary, const report::Scope& scope, From from,
                     Matches matches, ThereAlready there_already, Why why) {
  const auto& facts = summary.facts;
  Observations all;
  const auto timed = spans(summary, scope, from);
  for (std::size_t s = 0; s < timed.size(); ++s) {
    const auto& span = timed[s];
    for (std::size_t i = 0; i < facts.breaker_names.size(); ++i) {
      if (!selected(facts.breaker_names[i], scope)) {
        continue;
      }
      if (known_until(summary) < span.end) {
        all.push_back(cut_short(summary));
        continue;
      }
      Observation observation{.subject = subject_of(summary, i, span.subject),
                              .samples = 1,
                              .stretch = s,
                              .breaker = i};
      const auto found = std::ranges::find_if(facts.events, [&](const load::BreakerEvent& event) {
        return event.breaker == i && span.holds(event.transition.at) && matches(event.transition);
      });
      if (there_already(state_at(summary, i, span.begin))) {
        observation.value = 0;
      } else if (found != facts.events.end()) {
        observation.value = to_milliseconds(found->transition.at - span.begin);
      } else if (without_calls(summary, span.begin, span.end)) {
        observation.samples = 0;
        observation.why = "no call was made";
      } else {
        observation.never = true;
        observation.waited = to_milliseconds(span.end - span.begin);
        observation.why = why(i, span);
      }
      all.push_back(std::move(observation));
    }
  }
  return all;
}

bool opened_before(const report::Summary& summary, std::size_t breaker, TimePoint when) {
  return std::ranges::any_of(summary.facts.events, [&](const load::BreakerEvent& event) {
    return event.breaker == breaker && event.transition.at < when && opens(event.transition);
  });
}

}  // namespace

std::string why_not_open(const report::Summary& summary, TimePoint begin, TimePoint end) {
  load::Counts counts;
  Duration slowest{};
  for (const auto* phase : phases_between(summary, begin, end)) {
    counts += phase->counts;
    slowest = std::max(slowest, phase->service.count == 0 ? Duration{} : phase->service.max);
  }
  if (counts.sent == 0) {
    return "no call was sent";
  }
  const auto timeout = summary.facts.timeout;
  if (counts.failed() == 0) {
    auto text = fmt::format("none of {} calls failed", show_count(counts.sent));
    if (slowest > timeout / 5) {
      text += fmt::format(
          ": the slowest took {}, within the timeout of {}, and what is slow is no failure",
          show_duration(slowest), format_duration(timeout));
    }
    return text;
  }
  return fmt::format(
      "{} of {} calls failed ({})", show_count(counts.failed()), show_count(counts.sent),
      show_share(static_cast<double>(counts.failed()) / static_cast<double>(counts.sent)));
}

Observations by_breaker(const report::Summary& summary, const report::Scope& scope,
                        const OfBreaker& observe) {
  const auto& facts = summary.facts;
  Observations all;
  const auto found = stretches(summary, scope);
  for (std::size_t s = 0; s < found.size(); ++s) {
    const auto& stretch = found[s];
    for (std::size_t i = 0; i < facts.breaker_names.size(); ++i) {
      if (!selected(facts.breaker_names[i], scope)) {
        continue;
      }
      if (known_until(summary) < stretch.end) {
        all.push_back(cut_short(summary));
        continue;
      }
      BreakerStretch seen{stretch,
                          summary,
                          i,
                          calls_to(stretch, facts.breaker_names[i]),
                          state_at(summary, i, stretch.begin),
                          {}};
      for (const auto& event : facts.events) {
        if (event.breaker == i && stretch.holds(event.transition.at)) {
          seen.events.push_back(&event);
        }
      }
      if (auto observation = observe(seen)) {
        observation->subject = subject_of(summary, i, stretch.subject);
        observation->stretch = s;
        observation->breaker = i;
        all.push_back(*std::move(observation));
      }
    }
  }
  return all;
}

Observations time_to_open(const report::Summary& summary, const report::Scope& scope) {
  return time_to(summary, scope, From::fault_begin, opens, breaker::claims_open,
                 [&](std::size_t, const Stretch& span) {
                   const auto* fault = summary.facts.timetable.latest_fault(span.begin);
                   const bool of_fault = scope.phase.empty() && fault != nullptr;
                   return why_not_open(summary, span.begin, of_fault ? fault->end : span.end);
                 });
}

Observations time_to_half_open(const report::Summary& summary, const report::Scope& scope) {
  return time_to(
      summary, scope, From::fault_end,
      [](const breaker::Transition& t) { return t.to == State::half_open; },
      [](State state) { return state == State::half_open; },
      [&](std::size_t i, const Stretch& span) -> std::string {
        return opened_before(summary, i, span.end) ? "it stayed open" : "it never opened";
      });
}

Observations time_to_close(const report::Summary& summary, const report::Scope& scope) {
  auto all = time_to(
      summary, scope, From::fault_end, closes, [](State) { return false; },
      [&](std::size_t i, const Stretch& span) -> std::string {
        return opened_before(summary, i, span.end) ? "it did not close" : "it never opened";
      });
  // A breaker that was closed again by then has closed at once, if it does not open later for what
  // the fault has left behind. One that opens later still has not opened for this fault.
  const auto timeout = summary.facts.timeout;
  std::size_t next = 0;
  for (const auto& span : spans(summary, scope, From::fault_end)) {
    for (std::size_t i = 0; i < summary.facts.breaker_names.size(); ++i) {
      if (!selected(summary.facts.breaker_names[i], scope)) {
        continue;
      }
      auto& observation = all[next++];
      if (!opened_before(summary, i, scope.phase.empty() ? span.begin + timeout : span.end)) {
        observation = {.subject = observation.subject,
                       .why = "it never opened, so it had nothing to close"};
      } else if (opened_before(summary, i, span.begin) &&
                 state_at(summary, i, span.begin) == State::closed &&
                 std::ranges::none_of(summary.facts.events, [&](const load::BreakerEvent& event) {
                   return event.breaker == i && span.begin <= event.transition.at &&
                          event.transition.at < span.begin + timeout && opens(event.transition);
                 })) {
        observation.never = false;
        observation.why.clear();
        observation.value = 0;
      }
    }
  }
  return all;
}

Observations missed_opens(const report::Summary& summary, const report::Scope& scope) {
  Observations all;
  const auto& facts = summary.facts;
  const auto known = std::min(reached_by(facts), known_until(summary));
  for (std::size_t i = 0; i < summary.breakers.size(); ++i) {
    if (!selected(facts.breaker_names[i], scope)) {
      continue;
    }
    Observation observation{.subject = subject_of(summary, i, {}), .value = 0, .breaker = i};
    for (const auto& reaction : summary.breakers[i].reactions) {
      const bool in_scope =
          scope.phase.empty() ||
          std::ranges::any_of(stretches(summary, scope), [&](const Stretch& stretch) {
            return reaction.fault.begin < stretch.end && stretch.begin < reaction.fault.end;
          });
      if (in_scope && (reaction.opened || known >= reaction.fault.end)) {
        ++observation.samples;
        if (!reaction.opened) {
          *observation.value += 1;
          observation.why = why_not_open(summary, reaction.fault.begin, reaction.fault.end);
        }
      }
    }
    all.push_back(std::move(observation));
  }
  return all;
}

}  // namespace tripcurve::expect
