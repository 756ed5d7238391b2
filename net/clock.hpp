// The wall clock of an experiment: nanoseconds since its zero, by the monotonic clock, so a step
// of the time of day changes nothing.
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace tripcurve::net {

// Thread-safe; cheap to copy.
class SteadyClock {
 public:
  // Time zero is `until_zero` from now, so that everything can be set up before it.
  explicit SteadyClock(Duration until_zero = {})
      : zero_(std::chrono::steady_clock::now() + until_zero) {}

  [[nodiscard]] TimePoint now() const { return of(std::chrono::steady_clock::now()); }
  [[nodiscard]] TimePoint of(std::chrono::steady_clock::time_point t) const {
    return at(std::chrono::duration_cast<Duration>(t - zero_));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point real(TimePoint t) const {
    return zero_ + t.time_since_epoch();
  }

 private:
  std::chrono::steady_clock::time_point zero_;
};

}  // namespace tripcurve::net
