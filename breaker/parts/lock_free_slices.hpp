// The time window of resilience4j's LOCK_FREE strategy: slices of one second that start when the
// window is created and keep that phase, until an idle gap longer than the window.
//
// Rule, from LockFreeSlidingTimeWindowMetrics.advanceTimeSlice() of resilience4j 2.4.0: when
// slices+1 seconds have passed since the current slice began, the slices begin anew at the present
// instant.
#pragma once

#include <chrono>
#include <cstddef>

#include "breaker/parts/bucket_ring.hpp"

namespace tripcurve::breaker {

class LockFreeSlices {
 public:
  LockFreeSlices(std::size_t slices, TimePoint created)
      : grid_(slices, slice, created), forgets_phase_after_((slices + 1) * slice) {}

  void add(TimePoint now, const WindowCounts& counts) {
    if (now - grid_.bucket_start() >= forgets_phase_after_) {
      grid_.restart(now);
    }
    grid_.add(now, counts);
  }

  [[nodiscard]] const WindowCounts& totals() const { return grid_.totals(); }

 private:
  static constexpr Duration slice = std::chrono::seconds(1);

  GridWindow grid_;
  Duration forgets_phase_after_;
};

}  // namespace tripcurve::breaker
