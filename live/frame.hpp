// The panel as text: a pure function of what was observed, the size of the window and the style.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "live/display.hpp"
#include "report/progress.hpp"

namespace tripcurve::live {

struct Size {
  int columns = 80;
  int rows = 24;
};

// What the panel remembers: the latest tick, the ticks of the last second, for the strips one cell
// per stretch of the run, for the trends one entry per second. Its memory does not grow with the
// run.
class Panel {
 public:
  explicit Panel(Scene scene);

  void observe(const report::Tick& tick);
  void observe(const load::BreakerEvent& event);

  // At most size.rows - 1 lines, none that reaches the last column (so that no terminal wraps one),
  // without trailing newlines. Leaves out the least important parts first when the window is small.
  [[nodiscard]] std::vector<std::string> render(Size size, const Style& style) const;

 private:
  // The states seen in one stretch of the run.
  struct Cell {
    bool closed = false, open = false, half_open = false;
  };
  struct Strip {
    std::vector<Cell> cells;  // over the whole timetable; what comes after its end is in the last
    breaker::State state = breaker::State::closed;
    TimePoint since;         // in this state since
    TimePoint marked_until;  // the cells tell the states up to here
    std::uint64_t opens = 0;
  };
  // Several ticks taken together. A percentile of percentiles is not one, so this keeps what can be
  // said: the worst p99 of a tick, and the p50 of the latest tick in which a call ended.
  struct Stretch {
    TimePoint begin, end;
    load::Counts delta;
    std::optional<Duration> p50, p99;

    Stretch& operator+=(const Stretch& later);
  };
  struct Painter;  // draws

  static constexpr std::size_t strip_cells = 600;
  static constexpr std::size_t trend_seconds = 240;
  static constexpr std::size_t recent_ticks = 100;  // a second's, at the shortest interval of 10 ms

  // The run beside this one, up to the present time: all of it, and the latest second.
  struct Twin {
    load::Counts total;
    Stretch recent;
  };
  [[nodiscard]] Twin twin() const;

  [[nodiscard]] std::size_t cell_at(TimePoint when) const;
  void mark(Strip& strip, TimePoint until) const;

  Scene scene_;
  TimePoint now_;
  report::Tick latest_;
  std::vector<Strip> strips_;   // by breaker
  std::deque<Stretch> recent_;  // ticks that ended in the last second
  std::deque<Stretch> trend_;   // by the second in which the ticks began
};

}  // namespace tripcurve::live
