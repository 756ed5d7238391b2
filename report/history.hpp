// What one breaker did in a run, from which every number of it is made: its transitions, what
// states it was in and for how long, and how it met the faults. What counts as an opening, a trip
// or a closing is defined in breaker/totals.hpp.
//
// A run may have more transitions than are kept (load::BreakerBank::log_limit). Over the whole run
// the numbers are exact all the same, by the breaker's Totals; of a part of it they may be no more
// than what is known at least, and say so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "breaker/totals.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"

namespace tripcurve::report {

// A stretch of time. Its end is not in it, unless it is the end of the run: what the last call did
// there has still happened.
struct Span {
  TimePoint begin{};
  TimePoint end{};
  bool with_end = false;

  [[nodiscard]] bool holds(TimePoint when) const {
    return begin <= when && (when < end || (with_end && when == end));
  }
};

// A transition without its words.
struct Step {
  TimePoint at{};
  breaker::State from = breaker::State::closed;
  breaker::State to = breaker::State::closed;
  std::uint32_t probes = 0;  // as load::BreakerEvent's, like the next three
  std::uint32_t most_probes = 0;
  std::optional<TimePoint> sent{};
  std::optional<TimePoint> earliest{};

  [[nodiscard]] bool opens() const { return breaker::opens(from, to); }
  [[nodiscard]] bool trips() const { return breaker::trips(from, to); }
  [[nodiscard]] bool closes() const { return breaker::closes(from, to); }
};

// A number, and whether it is all: else there may be more that is not known.
template <typename T>
struct Known {
  T value{};
  bool whole = true;
};

class History {
 public:
  History() = default;
  // `kept` are its first transitions, of totals.transitions(); where some are missing, none before
  // `known_until` is.
  History(breaker::Totals totals, std::vector<Step> kept, TimePoint known_until);

  [[nodiscard]] const breaker::Totals& totals() const { return totals_; }
  [[nodiscard]] const std::vector<Step>& steps() const { return kept_; }
  [[nodiscard]] std::span<const Step> steps(const Span& span) const;

  // Every transition before this time was kept; `never` when all were.
  [[nodiscard]] TimePoint known_until() const { return known_until_; }
  [[nodiscard]] bool knows(const Span& span) const {
    return span.with_end ? span.end < known_until_ : span.end <= known_until_;
  }

  // The state that the transitions before `when` led to.
  [[nodiscard]] breaker::State state_at(TimePoint when) const;

  [[nodiscard]] Known<std::uint64_t> opens(const Span& span) const;
  [[nodiscard]] Known<std::uint64_t> trips(const Span& span) const;
  [[nodiscard]] Known<std::uint64_t> closes(const Span& span) const;

  // Every trip in the span is among the steps, though other transitions may be missing.
  [[nodiscard]] bool knows_trips(const Span& span) const;

  // How long it was in states that act as closed, open or half_open, up to the span's end.
  [[nodiscard]] Known<Duration> time_in(breaker::State acting, const Span& span) const;

 private:
  [[nodiscard]] bool totals_are_of(const Span& span) const;
  using Kind = bool (Step::*)() const;
  // None of the kind is missing in the span: all before its end were kept, or all there were.
  [[nodiscard]] bool knows(Kind kind, std::uint64_t in_all, const Span& span) const;
  [[nodiscard]] Known<std::uint64_t> count(Kind kind, std::uint64_t in_all, const Span& span) const;

  breaker::Totals totals_;
  std::vector<Step> kept_;
  TimePoint known_until_ = never;
};

// The histories of several breakers, by index, from the events that were kept of them all and their
// totals.
[[nodiscard]] std::vector<History> histories(const std::vector<load::BreakerEvent>& events,
                                             const std::vector<breaker::Totals>& totals);

// How a breaker met one fault window.
//
// There is one window in which what a breaker does is its reaction to a fault: from the fault's
// begin until a client timeout after its end, when the last of the calls that it met have ended, or
// until the next fault begins, if that is sooner. Who opens later has not opened for this fault. An
// opening that was brought about by a call sent before a fault ended is that fault's, though the
// next one has begun meanwhile.
//
// A fault is over for the breaker when it closes; that may take until the next fault begins.
struct Reaction {
  // Why what came after the fault is not known.
  enum class CutOff : std::uint8_t {
    none,
    run_ended,  // the run ended before the fault did, or with it
    log_full,   // the transitions from some time on were not kept
  };

  FaultWindow fault;
  std::optional<Duration> time_to_open;   // from the fault's begin to the first opening in the
                                          // window; zero when it was open as the fault began
  std::optional<Duration> time_to_close;  // from the fault's end to the first closing after it;
                                          // zero when it was closed by then and stayed so
  bool opened = false;
  bool closed_again = false;
  // It did not open for this fault, and could not: late answers of the fault before had opened it.
  bool opened_for_previous = false;
  CutOff cut_off = CutOff::none;
};

// What the reactions of one breaker are measured against: the faults that are about its calls, and
// how far the run went.
struct FaultTimes {
  std::vector<FaultWindow> faults;
  Duration timeout;   // the client's
  TimePoint reached;  // the run's end
};

// When a breaker's window for that fault ends, by the run's end at the latest.
[[nodiscard]] TimePoint window_end(const FaultTimes& times, std::size_t fault);

// What happened at that time may be the doing of one of the faults, or of the calls that it met and
// that ended late.
[[nodiscard]] bool in_fault(const FaultTimes& times, const Step& step);

// The opening was brought about by a call that an earlier fault has met, one that was over by
// `begin`.
[[nodiscard]] bool is_late(const FaultTimes& times, const Step& step, TimePoint begin);

// One reaction per fault that the run reached, in order. The list ends where nothing can be said,
// because the transitions were not kept.
[[nodiscard]] std::vector<Reaction> reactions(const History& history, const FaultTimes& times);

}  // namespace tripcurve::report
