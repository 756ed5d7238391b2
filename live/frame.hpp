// The panel as text: a pure function of what was observed, the size of the window and the style.
#pragma once

#include <cstddef>
#include <deque>
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

// What the panel remembers: the latest tick, and for the strips one cell per stretch of the run. Its
// memory does not grow with the run.
class Panel {
 public:
  explicit Panel(Scene scene);

  void observe(const report::Tick& tick);
  void observe(const load::BreakerEvent& event);

  // At most size.rows - 1 lines, none wider than size.columns, without trailing newlines. Leaves out
  // the least important parts first when the window is small.
  [[nodiscard]] std::vector<std::string> render(Size size, const Style& style) const;

 private:
  struct Cell {
    bool closed = false, open = false, half_open = false;  // states seen in the cell
  };
  static constexpr std::size_t strip_cells = 600;
  static constexpr std::size_t spark_ticks = 240;

  Scene scene_;
  report::Tick latest_;
  std::vector<std::vector<Cell>> strips_;         // by breaker
  std::vector<breaker::State> states_;            // by breaker
  std::vector<TimePoint> since_;                  // by breaker: in this state since
  std::vector<std::uint64_t> opens_;              // by breaker
  std::deque<std::pair<Duration, Duration>> spark_;  // p50, p99 by second; negative when no sample
};

}  // namespace tripcurve::live
