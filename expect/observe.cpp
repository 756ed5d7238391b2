#include "expect/observe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.hpp"

namespace tripcurve::expect {

std::vector<Stretch> stretches(const report::Summary& summary, const report::Scope& scope) {
  const auto& facts = summary.facts;
  if (scope.phase.empty()) {
    return {{&summary.totals, {}, {{}, report::run_end(facts), /*with_end=*/true}}};
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
    found.push_back({&phase,
                     namesakes == 1 ? "" : fmt::format("{} ({})", phase.phase.name, number),
                     {phase.phase.begin, last ? report::run_end(facts) : reached, last}});
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

namespace {

using breaker::State;
using report::History;
using report::Reaction;
using report::Span;
using report::Step;

bool protects(const load::BreakerIdentity& breaker, std::string_view endpoint) {
  return breaker.endpoint.empty() || breaker.endpoint == endpoint;
}

const load::BreakerIdentity& identity(const report::Summary& summary, std::size_t breaker) {
  return summary.facts.breakers[breaker].identity;
}

// The breakers that a scope is about, by index.
std::vector<std::size_t> selected(const report::Summary& summary, const report::Scope& scope) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < summary.histories.size(); ++i) {
    const auto& breaker = identity(summary, i);
    if ((scope.breaker.empty() || breaker.name == scope.breaker) &&
        (scope.endpoint.empty() || protects(breaker, scope.endpoint))) {
      found.push_back(i);
    }
  }
  return found;
}

std::string subject_of(const report::Summary& summary, std::size_t breaker,
                       const std::string& stretch) {
  const auto& name = identity(summary, breaker).name;
  if (summary.facts.breakers.size() == 1) {
    return stretch;
  }
  return stretch.empty() ? name : name + " in " + stretch;
}

// The calls of a phase, or of the run, that came to a breaker: to one endpoint, or to all. Of
// several clients' breakers for the same endpoint, the calls of all these clients.
struct CallsTo {
  load::Counts counts;
  Duration slowest{};  // of those that were sent and ended
  void add(const report::PhaseSummary& phase, const load::BreakerIdentity& breaker) {
    const auto note = [&](const report::LatencyStats& times) {
      slowest = std::max(slowest, times.count == 0 ? Duration{} : times.max);
    };
    for (const auto& endpoint : phase.endpoints) {
      if (protects(breaker, endpoint.name)) {
        counts += endpoint.counts;
        if (!breaker.endpoint.empty()) {
          note(endpoint.response);
        }
      }
    }
    if (breaker.endpoint.empty()) {
      note(phase.service);
    }
  }
};

CallsTo calls_to(const report::Summary& summary, std::size_t breaker, const Span& span) {
  CallsTo calls;
  for (const auto& phase : summary.phases) {
    if (phase.phase.begin < span.end && span.begin < phase.phase.begin + phase.lasted) {
      calls.add(phase, identity(summary, breaker));
    }
  }
  return calls;
}

constexpr const char* log_ended = "the run's later transitions were not kept";

// What was waited for in a span came, or did not come in the time that there was for it.
Observation waited_for(const report::Summary& summary, std::size_t breaker, const Span& span,
                       std::optional<TimePoint> came, const std::string& why) {
  Observation observation{.samples = 1};
  if (came) {
    observation.value = to_milliseconds(*came - span.begin);
    observation.between = observed_between(summary.histories[breaker], *came, span.begin);
    return observation;
  }
  const auto known_until = summary.histories[breaker].known_until();
  if (calls_to(summary, breaker, span).counts.calls == 0) {
    return {.why = "no calls came to it"};
  }
  observation.never = true;
  observation.waited =
      to_milliseconds(std::max(std::min(span.end, known_until) - span.begin, Duration{}));
  observation.why =
      known_until < span.end ? fmt::format("{}, and until then {}", log_ended, why) : why;
  return observation;
}

std::optional<TimePoint> first(const History& history, const Span& span,
                               const std::function<bool(const Step&)>& matches) {
  const auto steps = history.steps(span);
  const auto found = std::ranges::find_if(steps, matches);
  return found == steps.end() ? std::nullopt : std::optional(found->at);
}

// One observation per stretch that the scope's phase selects, and breaker.
using OfPhase = std::function<Observation(const Stretch& stretch, std::size_t breaker)>;

Observations by_phase(const report::Summary& summary, const report::Scope& scope,
                      const OfPhase& observe) {
  Observations all;
  const auto found = stretches(summary, scope);
  for (std::size_t s = 0; s < found.size(); ++s) {
    for (const auto i : selected(summary, scope)) {
      all.push_back(observe(found[s], i));
      all.back().subject = subject_of(summary, i, found[s].subject);
      all.back().stretch = s;
      all.back().breaker = i;
    }
  }
  return all;
}

// What is timed from a phase's begin. Of a phase that began after the last transition that was kept
// nothing is known, not even the state at its begin.
Observations timed_in_phase(const report::Summary& summary, const report::Scope& scope,
                            const OfPhase& observe) {
  return by_phase(summary, scope, [&](const Stretch& stretch, std::size_t i) {
    return summary.histories[i].known_until() < stretch.span.begin ? Observation{.why = log_ended}
                                                                   : observe(stretch, i);
  });
}

// One observation per breaker and fault that is about its calls and that the run reached.
// `reaction` is null where nothing is known of it.
using OfFault =
    std::function<Observation(std::size_t fault, std::size_t breaker, const Reaction* reaction)>;

Observations by_fault(const report::Summary& summary, const report::Scope& scope,
                      const OfFault& observe) {
  Observations all;
  for (const auto i : selected(summary, scope)) {
    const auto times = report::fault_times(summary.facts, i);
    const auto& faults = times.faults;
    const auto& reactions = summary.breakers[i].reactions;
    for (std::size_t f = 0; f < faults.size() && faults[f].begin < times.reached; ++f) {
      const auto subject =
          faults.size() == 1
              ? ""
              : "the fault at " + format_duration(faults[f].begin.time_since_epoch());
      all.push_back(observe(f, i, f < reactions.size() ? &reactions[f] : nullptr));
      all.back().subject = subject_of(summary, i, subject);
      all.back().stretch = f;
      all.back().breaker = i;
    }
  }
  return all;
}

// Until the next fault begins, or the run ends.
Span after_fault(const report::Summary& summary, std::size_t breaker, std::size_t fault) {
  const auto faults = report::fault_times(summary.facts, breaker).faults;
  const auto next = fault + 1 < faults.size() ? faults[fault + 1].begin : never;
  const auto end = report::run_end(summary.facts);
  return {faults[fault].end, std::min(next, end), end < next};
}

// A phase, and when a fault ends with it, the time that there still is to react to that fault.
Span reacting(Span phase, const report::FaultTimes& times) {
  const auto fault = std::ranges::find(times.faults, phase.end, &FaultWindow::end);
  if (fault != times.faults.end()) {
    const auto index = static_cast<std::size_t>(fault - times.faults.begin());
    phase.end = std::max(phase.end, report::window_end(times, index));
  }
  return phase;
}

bool opened_before(const History& history, TimePoint when) {
  return breaker::claims_open(history.totals().initial()) ||
         first(history, {{}, when}, &Step::opens).has_value();
}

std::string late_answers(const report::Summary& summary) {
  return "late answers from the previous fault had already opened it, so it could not open for "
         "this one; leave more than the timeout of " +
         format_duration(summary.facts.timeout) + " between the faults";
}

}  // namespace

std::string why_not_open(const report::Summary& summary, std::size_t breaker, const Span& span) {
  const auto calls = calls_to(summary, breaker, span);
  const auto& counts = calls.counts;
  const auto& endpoint = identity(summary, breaker).endpoint;
  const auto what = endpoint.empty() ? std::string("calls") : "calls to " + endpoint;
  if (summary.histories[breaker].state_at(span.begin) == State::disabled) {
    return "it was disabled, and a disabled breaker never opens";
  }
  if (counts.sent == 0) {
    return "none of its " + what + " were sent";
  }
  const auto timeout = summary.facts.timeout;
  if (counts.failed() == 0) {
    auto text = fmt::format("none of {} {} failed", show_count(counts.sent), what);
    if (calls.slowest > timeout / 5) {
      text += fmt::format(
          ": the slowest took {}, which is within the timeout of {}, and a slow answer does not "
          "count as a failure",
          show_duration(calls.slowest), format_duration(timeout));
    }
    return text;
  }
  return fmt::format(
      "{} of {} {} failed ({})", show_count(counts.failed()), show_count(counts.sent), what,
      show_share(static_cast<double>(counts.failed()) / static_cast<double>(counts.sent)));
}

Observations by_breaker(const report::Summary& summary, const report::Scope& scope,
                        const OfBreaker& observe) {
  return by_phase(summary, scope, [&](const Stretch& stretch, std::size_t i) {
    CallsTo calls;
    calls.add(*stretch.phase, identity(summary, i));
    return observe({stretch, summary, i, summary.histories[i], calls.counts.calls});
  });
}

Observations time_to_open(const report::Summary& summary, const report::Scope& scope) {
  if (!scope.phase.empty()) {
    return timed_in_phase(summary, scope, [&](const Stretch& stretch, std::size_t i) {
      const auto times = report::fault_times(summary.facts, i);
      const auto& history = summary.histories[i];
      const auto span = reacting(stretch.span, times);
      // What a fault before has done is no answer to this one.
      const auto opens = [&](const Step& step) {
        return step.opens() &&
               !(stretch.phase->phase.fault && report::is_late(times, step, span.begin));
      };
      auto came = first(history, span, opens);
      if (breaker::claims_open(history.state_at(span.begin))) {
        came = span.begin;
      } else if (!came && first(history, span, &Step::opens)) {
        return Observation{.why = late_answers(summary)};
      }
      return waited_for(summary, i, span, came, why_not_open(summary, i, stretch.span));
    });
  }
  return by_fault(summary, scope, [&](std::size_t f, std::size_t i, const Reaction* reaction) {
    if (reaction != nullptr && reaction->opened_for_previous) {
      return Observation{.why = late_answers(summary)};
    }
    const auto times = report::fault_times(summary.facts, i);
    const auto& fault = times.faults[f];
    const auto came = reaction != nullptr && reaction->opened
                          ? std::optional(fault.begin + *reaction->time_to_open)
                          : std::nullopt;
    return waited_for(summary, i, {fault.begin, report::window_end(times, f)}, came,
                      why_not_open(summary, i, {fault.begin, fault.end}));
  });
}

Observations time_to_half_open(const report::Summary& summary, const report::Scope& scope) {
  const auto observe = [&](const Span& span, std::size_t i) {
    const auto& history = summary.histories[i];
    auto came = first(history, span, [](const Step& step) { return step.to == State::half_open; });
    if (history.state_at(span.begin) == State::half_open) {
      came = span.begin;
    }
    if (!came && !opened_before(history, span.end)) {
      return Observation{.why = "it did not open, so it could not become half-open"};
    }
    return waited_for(summary, i, span, came, "it did not become half-open");
  };
  if (!scope.phase.empty()) {
    return timed_in_phase(summary, scope, [&](const Stretch& stretch, std::size_t i) {
      return observe(stretch.span, i);
    });
  }
  return by_fault(summary, scope, [&](std::size_t f, std::size_t i, const Reaction*) {
    const auto span = after_fault(summary, i, f);
    return report::fault_times(summary.facts, i).reached <= span.begin
               ? Observation{.why = "the run ended during the fault"}
               : observe(span, i);
  });
}

Observations time_to_close(const report::Summary& summary, const report::Scope& scope) {
  constexpr const char* nothing_to_close = "it did not open, so there was nothing to close";
  if (!scope.phase.empty()) {
    return timed_in_phase(summary, scope, [&](const Stretch& stretch, std::size_t i) {
      const auto& history = summary.histories[i];
      const auto& span = stretch.span;
      const bool opened_in_it = first(history, span, &Step::opens).has_value();
      const bool closed = breaker::acts_as(history.state_at(span.begin)) == State::closed;
      if (!opened_before(history, span.end) && !opened_in_it) {
        return Observation{.why = nothing_to_close};
      }
      // Closed again by then, unless what came before still opens it.
      const Span soon{span.begin, span.begin + summary.facts.timeout};
      const auto came =
          closed && opened_before(history, span.begin) && !first(history, soon, &Step::opens)
              ? std::optional(span.begin)
              : first(history, span, &Step::closes);
      return waited_for(summary, i, span, came, "it did not close");
    });
  }
  return by_fault(summary, scope, [&](std::size_t f, std::size_t i, const Reaction* reaction) {
    if (reaction == nullptr || reaction->cut_off == Reaction::CutOff::log_full) {
      return Observation{.why = log_ended};
    }
    if (!reaction->opened) {
      return Observation{.why = nothing_to_close};
    }
    if (reaction->cut_off == Reaction::CutOff::run_ended) {
      return Observation{.why = "the run ended during the fault"};
    }
    const auto came = reaction->closed_again
                          ? std::optional(reaction->fault.end + *reaction->time_to_close)
                          : std::nullopt;
    return waited_for(summary, i, after_fault(summary, i, f), came, "it did not close");
  });
}

Observations missed_opens(const report::Summary& summary, const report::Scope& scope) {
  Observations all;
  const auto in_scope = [&](const FaultWindow& fault) {
    return scope.phase.empty() ||
           std::ranges::any_of(stretches(summary, scope), [&](const Stretch& stretch) {
             return fault.begin < stretch.span.end && stretch.span.begin < fault.end;
           });
  };
  for (const auto i : selected(summary, scope)) {
    const auto times = report::fault_times(summary.facts, i);
    const auto& faults = times.faults;
    if (faults.empty()) {
      continue;
    }
    Observation observation{.subject = subject_of(summary, i, {}), .value = 0, .breaker = i};
    const auto& reactions = summary.breakers[i].reactions;
    for (const auto& reaction : reactions) {
      const auto& fault = reaction.fault;
      if (!in_scope(fault) || (!reaction.opened && times.reached < fault.end) ||
          reaction.opened_for_previous ||
          calls_to(summary, i, {fault.begin, fault.end}).counts.calls == 0) {
        continue;
      }
      ++observation.samples;
      if (!reaction.opened) {
        *observation.value += 1;
        observation.why = why_not_open(summary, i, {fault.begin, fault.end});
      }
    }
    const bool some_unknown =
        reactions.size() < faults.size() && faults[reactions.size()].begin < times.reached;
    observation.certainty = some_unknown ? Certainty::at_least : Certainty::exact;
    if (observation.samples == 0) {
      observation.why = "there was no completed fault that it could have responded to";
    }
    all.push_back(std::move(observation));
  }
  return all;
}

}  // namespace tripcurve::expect
