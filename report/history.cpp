#include "report/history.hpp"

#include <algorithm>
#include <utility>

namespace tripcurve::report {

using breaker::State;

namespace {

std::uint64_t count_of(std::span<const Step> steps, bool (Step::*kind)() const) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(steps, [&](const Step& step) { return (step.*kind)(); }));
}

}  // namespace

History::History(breaker::Totals totals, std::vector<Step> kept, TimePoint known_until)
    : totals_(totals),
      kept_(std::move(kept)),
      known_until_(kept_.size() < totals.transitions() ? known_until : never) {}

std::span<const Step> History::steps(const Span& span) const {
  const auto first = std::ranges::lower_bound(kept_, span.begin, {}, &Step::at);
  const auto last = span.with_end ? std::ranges::upper_bound(kept_, span.end, {}, &Step::at)
                                  : std::ranges::lower_bound(kept_, span.end, {}, &Step::at);
  return first < last ? std::span(first, last) : std::span<const Step>();
}

State History::state_at(TimePoint when) const {
  const auto next = std::ranges::lower_bound(kept_, when, {}, &Step::at);
  return next == kept_.begin() ? totals_.initial() : std::prev(next)->to;
}

// The span is all of the breaker's life.
bool History::totals_are_of(const Span& span) const {
  return span.begin <= TimePoint{} && (totals_.transitions() == 0 || span.holds(totals_.since()));
}

bool History::knows(Kind kind, std::uint64_t in_all, const Span& span) const {
  return knows(span) || count_of(kept_, kind) == in_all;
}

bool History::knows_trips(const Span& span) const {
  return knows(&Step::trips, totals_.trips(), span);
}

Known<std::uint64_t> History::count(Kind kind, std::uint64_t in_all, const Span& span) const {
  return totals_are_of(span)
             ? Known<std::uint64_t>{in_all, true}
             : Known<std::uint64_t>{count_of(steps(span), kind), knows(kind, in_all, span)};
}

Known<std::uint64_t> History::opens(const Span& span) const {
  return count(&Step::opens, totals_.opens(), span);
}
Known<std::uint64_t> History::trips(const Span& span) const {
  return count(&Step::trips, totals_.trips(), span);
}
Known<std::uint64_t> History::closes(const Span& span) const {
  return count(&Step::closes, totals_.closes(), span);
}

Known<Duration> History::time_in(State acting, const Span& span) const {
  if (span.begin <= TimePoint{} && totals_.since() <= span.end) {
    return {totals_.time_in(acting, span.end), true};
  }
  const auto end = std::min(span.end, known_until_);
  Duration spent{};
  auto since = span.begin;
  auto state = state_at(span.begin);
  const auto spend = [&](TimePoint until) {
    if (since < until) {
      spent += breaker::acts_as(state) == breaker::acts_as(acting) ? until - since : Duration{};
      since = until;
    }
  };
  for (const auto& step : steps({span.begin, end})) {
    spend(step.at);
    state = step.to;
  }
  spend(end);
  return {spent, span.end <= known_until_};
}

std::vector<History> histories(const std::vector<load::BreakerEvent>& events,
                               const std::vector<breaker::Totals>& totals) {
  std::vector<std::vector<Step>> kept(totals.size());
  for (const auto& event : events) {
    const auto& transition = event.transition;
    kept[event.breaker].push_back({transition.at, transition.from, transition.to, event.probes,
                                   event.most_probes, event.sent, event.earliest});
  }
  const auto known_until = events.empty() ? TimePoint{} : events.back().transition.at;
  std::vector<History> all;
  all.reserve(totals.size());
  for (std::size_t i = 0; i < totals.size(); ++i) {
    all.emplace_back(totals[i], std::move(kept[i]), known_until);
  }
  return all;
}

namespace {

TimePoint next_begin(const FaultTimes& times, std::size_t fault) {
  const auto& faults = times.faults;
  return fault + 1 < faults.size() ? faults[fault + 1].begin : never;
}

// Whose call it was: sent before the fault ended, or not known and within a timeout of its end.
bool may_be_of(const FaultWindow& fault, const Step& step, Duration timeout) {
  return fault.begin <= step.at &&
         (step.at < fault.end + timeout || (step.sent && *step.sent < fault.end));
}

// The reaction to that fault holds that opening.
bool is_reaction(const FaultTimes& times, std::size_t fault, const Step& step) {
  const auto& faults = times.faults;
  return may_be_of(faults[fault], step, times.timeout) &&
         !is_late(times, step, faults[fault].begin) &&
         (step.at < next_begin(times, fault) || is_late(times, step, next_begin(times, fault)));
}

}  // namespace

TimePoint window_end(const FaultTimes& times, std::size_t fault) {
  return std::min(
      {times.faults[fault].end + times.timeout, next_begin(times, fault), times.reached});
}

bool in_fault(const FaultTimes& times, const Step& step) {
  return std::ranges::any_of(times.faults, [&](const FaultWindow& fault) {
    return may_be_of(fault, step, times.timeout);
  });
}

bool is_late(const FaultTimes& times, const Step& step, TimePoint begin) {
  return step.sent && begin <= step.at &&
         std::ranges::any_of(times.faults, [&](const FaultWindow& fault) {
           return fault.end <= begin && fault.begin <= *step.sent && *step.sent < fault.end;
         });
}

std::vector<Reaction> reactions(const History& history, const FaultTimes& times) {
  const auto& faults = times.faults;
  std::vector<Reaction> all;
  for (std::size_t i = 0; i < faults.size() && faults[i].begin < times.reached; ++i) {
    const auto& fault = faults[i];
    const auto next = next_begin(times, i);
    Reaction reaction{.fault = fault, .time_to_open = {}, .time_to_close = {}};
    bool opened_after = false;  // its end
    if (breaker::claims_open(history.state_at(fault.begin))) {
      reaction.time_to_open = Duration::zero();
    }
    for (const auto& step : history.steps()) {
      if (!step.opens() || step.at < fault.begin) {
        continue;
      }
      if (is_reaction(times, i, step)) {
        reaction.time_to_open = reaction.time_to_open.value_or(step.at - fault.begin);
        opened_after = opened_after || step.at >= fault.end;
      } else if (step.at < next && is_late(times, step, fault.begin)) {
        reaction.opened_for_previous = true;
      }
    }
    reaction.opened = reaction.time_to_open.has_value();
    reaction.opened_for_previous = reaction.opened_for_previous && !reaction.opened;
    if (!reaction.opened && history.known_until() < window_end(times, i)) {
      break;
    }

    const auto closed_by = [&](TimePoint when) {
      return breaker::acts_as(history.state_at(when)) == State::closed;
    };
    const auto closing = std::ranges::find_if(history.steps(), [&](const Step& step) {
      return step.closes() && fault.end <= step.at && step.at < next;
    });
    if (times.reached < fault.end) {
      reaction.cut_off = Reaction::CutOff::run_ended;
    } else if (history.known_until() < fault.end) {
      reaction.cut_off = Reaction::CutOff::log_full;
    } else if (closed_by(fault.end) && !opened_after) {
      reaction.time_to_close = Duration::zero();
    } else if (closing != history.steps().end()) {
      reaction.time_to_close = closing->at - fault.end;
    } else if (times.reached <= fault.end) {
      reaction.cut_off = Reaction::CutOff::run_ended;
    } else if (history.known_until() < std::min(next, times.reached)) {
      reaction.cut_off = Reaction::CutOff::log_full;
    }
    reaction.closed_again = reaction.time_to_close.has_value();
    all.push_back(reaction);
  }
  return all;
}

}  // namespace tripcurve::report
