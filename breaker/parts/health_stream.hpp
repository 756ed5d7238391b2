// Hystrix's health counts: N buckets of closed time. What happens goes into a bucket that nobody
// sees before its end, at a tick; between two ticks the counts stand still.
#pragma once

#include <cstddef>

#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

class HealthStream {
 public:
  // `buckets` of `interval` each, from the beginning of time.
  HealthStream(std::size_t buckets, Duration interval)
      : window_(buckets + 1, interval, TimePoint{}), interval_(interval) {}

  void add(TimePoint now, const WindowCounts& counts) { window_.add(now, counts); }

  // The counts as of the last tick.
  [[nodiscard]] WindowCounts snapshot(TimePoint now) {
    window_.advance_to(now);
    WindowCounts closed = window_.totals();
    closed -= window_.current();
    return closed;
  }

  // After the last time it was told.
  [[nodiscard]] TimePoint next_tick() const { return window_.bucket_start() + interval_; }

  // Empty, with ticks counted from `now`.
  void restart(TimePoint now) { window_.restart(now); }

 private:
  GridWindow window_;  // the last bucket is the one that is still open
  Duration interval_;
};

}  // namespace tripcurve::breaker
