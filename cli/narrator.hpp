// Tells a run as it goes, to its displays and to the events file: phases that begin, transitions,
// and a tick per interval, in the order they happened. run tells it by the clock, simulate by
// virtual time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "cli/output_file.hpp"
#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "report/formats.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"

namespace tripcurve::cli {

class Narrator {
 public:
  // `events` may be null. All must outlive the narrator.
  Narrator(const Timetable& timetable, const load::BreakerBank& bank, live::Display& display,
           OutputFile* events);

  // Tells another display, too; before begin().
  void also(live::Display& display);

  void begin(const live::Scene& scene, const report::RunFacts& facts);

  // Tells the phases and transitions up to `now`.
  void tell(TimePoint now);

  // When a snapshot is wanted next.
  [[nodiscard]] TimePoint next_tick() const {
    const auto& first = std::ranges::min(screens_, {}, &Screen::next_frame);
    return std::min({next_second_, first.next_frame, next_point_});
  }

  // Tells what became due by the snapshot's time.
  void tick(const load::Snapshot& snapshot);

  // The load is over: tells the rest, up to its last moment, and takes the live view away.
  void finish(const load::Snapshot& last);

  // The last event line.
  void end(const report::Summary& summary);

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

  void add_point(const load::Snapshot& snapshot);
  void tell_phases(TimePoint until);
  void write(const std::string& line);

  const Timetable& timetable_;
  const load::BreakerBank& bank_;
  std::vector<Screen> screens_;
  OutputFile* events_;
  std::size_t next_phase_ = 0;
  std::size_t next_event_ = 0;
  report::Progress by_second_;
  report::Progress by_point_;
  report::Series series_;
  TimePoint next_second_;
  TimePoint next_point_{};
};

}  // namespace tripcurve::cli
