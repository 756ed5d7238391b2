// Tells a trial as it goes, to its displays and as event lines: phases that begin, faults injected
// by hand, transitions, and a tick per interval, in the order they happened. A run on the wire is
// told by the clock, a simulation by virtual time.
//
// Not thread-safe: one thread drives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"
#include "trial/by_hand.hpp"

namespace tripcurve::trial {

// Takes one event line, its line end included; empty when nobody wants them.
using EventSink = std::function<void(const std::string& line)>;

class Narrator {
 public:
  // All must outlive the narrator, and so must what begin() is told.
  Narrator(const Timetable& timetable, const load::BreakerBank& bank, const ByHand& by_hand,
           const std::vector<live::Display*>& displays, const EventSink& events);

  void begin(const live::Scene& scene, const report::RunFacts& facts);

  // Tells the phases, interventions and transitions up to `now`.
  void tell(TimePoint now);

  // Something that should be known at once, for the displays.
  void note(const std::string& line);

  // When a snapshot is wanted next.
  [[nodiscard]] TimePoint next_tick() const;

  // Tells what became due by the snapshot's time. `upstream_requests`: how many requests have
  // reached the upstream since the start; none when it is not ours. `services`: see Counters.
  void tick(const load::Snapshot& snapshot, std::optional<std::uint64_t> upstream_requests,
            const std::vector<topology::ServiceNow>& services = {});

  // The load is over: tells the rest, up to its last moment, and takes the live view away.
  void finish(const load::Snapshot& last, std::optional<std::uint64_t> upstream_requests);

  // The last event line.
  void end(const report::Summary& summary);

  // Keeps the response times of each point of the series: those of several runs can be put
  // together, and their percentiles cannot. To be called before begin().
  void keep_responses() { keeps_responses_ = true; }
  [[nodiscard]] const std::vector<Histogram>& responses() const { return responses_; }

  // The run over time so far; whole after finish().
  [[nodiscard]] const report::Series& series() const { return series_; }

 private:
  // A display with ticks of its own: those of another interval cannot be put together, because
  // percentiles do not add up.
  struct Screen {
    live::Display* display;
    report::Progress by_frame;
    TimePoint next_frame;
  };

  void add_point(report::Tick tick);
  void tell_until(TimePoint until);  // the phases and interventions
  void tell_phases(TimePoint until);
  void write(const std::string& line);

  const Timetable& timetable_;
  const load::BreakerBank& bank_;
  const ByHand& by_hand_;
  std::vector<Screen> screens_;
  const EventSink& events_;
  const topology::Topology* topology_ = nullptr;  // since begin()
  std::size_t next_phase_ = 0;
  std::size_t next_intervention_ = 0;
  std::size_t next_event_ = 0;
  report::Progress by_second_;
  report::Progress by_point_;
  report::Series series_;
  bool keeps_responses_ = false;
  std::vector<Histogram> responses_{};  // by point
  TimePoint next_second_;
  TimePoint next_point_{};
};

}  // namespace tripcurve::trial
