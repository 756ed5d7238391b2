// Time as the whole program sees it: nanoseconds since the experiment began.
//
// Everything that decides takes the time as an argument. Only net/ and cli/ own a clock, so the
// same objects run against the wall clock and in virtual time.
#pragma once

#include <chrono>

namespace tripcurve {

using Duration = std::chrono::nanoseconds;

// A tag, not a clock: it has no now(). It keeps experiment time from being mixed up with the
// time of day or with a process's steady clock.
struct Timeline {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<Timeline, Duration>;
  static constexpr bool is_steady = true;
};

using TimePoint = Timeline::time_point;

constexpr TimePoint at(Duration since_start) { return TimePoint{since_start}; }

// "No such time": later than everything.
inline constexpr TimePoint never = TimePoint::max();

constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
constexpr double to_milliseconds(Duration d) { return static_cast<double>(d.count()) / 1e6; }
constexpr double to_milliseconds(TimePoint t) { return to_milliseconds(t.time_since_epoch()); }

}  // namespace tripcurve
