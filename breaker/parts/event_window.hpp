// Polly's health metrics: a window of pieces that begin with the first result after the piece
// before them is over, instead of on a grid. A piece leaves when the whole length has passed since
// it began.
//
// Rules:
// Polly.Core/CircuitBreaker/Health/{HealthMetrics,RollingHealthMetrics,SingleHealthMetrics}.cs at
// 173d6d1d, and the same three of Polly 7. Ten pieces, or one below 200ms, which is then a window
// that is emptied at its end. It reads a .NET clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <ratio>

#include "breaker/parts/counts.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

// What DateTimeOffset and TimeSpan count in.
using DotNetTicks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

inline TimePoint dot_net_clock(TimePoint now) { return std::chrono::floor<DotNetTicks>(now); }

class EventWindow {
 public:
  explicit EventWindow(Duration length)
      : length_(std::chrono::floor<DotNetTicks>(length)),
        piece_(is_single() ? length_ : length_ / 10) {}

  void add(TimePoint time, bool failure) {
    look(time);
    pieces_.back().counts += one_call(failure);
    totals_ += one_call(failure);
  }

  // To be asked for its counts is an event for it as well: it begins a piece when one is due.
  void look(TimePoint time) {
    const auto now = std::chrono::floor<DotNetTicks>(time);
    if (pieces_.empty() || now - pieces_.back().start >= piece_) {
      pieces_.push_back({now, {}});
    }
    while (now - pieces_.front().start >= length_) {
      totals_ -= pieces_.front().counts;
      pieces_.pop_front();
    }
  }

  void clear() {
    pieces_.clear();
    totals_ = {};
  }

  [[nodiscard]] const WindowCounts& totals() const { return totals_; }  // as of the last event
  [[nodiscard]] bool is_single() const { return length_ < std::chrono::milliseconds(200); }

 private:
  struct Piece {
    std::chrono::time_point<Timeline, DotNetTicks> start;
    WindowCounts counts;
  };
  DotNetTicks length_;
  DotNetTicks piece_;
  std::deque<Piece> pieces_;
  WindowCounts totals_;
};

}  // namespace tripcurve::breaker
