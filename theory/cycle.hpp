// What a breaker does in the long run under a constant share of failures: it trips, waits, tries,
// and closes again.
//
// Source: renewal theory; calls take no time, failures are independent, one trial at a time.
#pragma once

#include <cstdint>

namespace tripcurve::theory {

struct Cycle {
  double closed_s = 0;     // mean per trip
  double open_s = 0;       // that of the openings that the trials bring included
  double half_open_s = 0;  // likewise

  [[nodiscard]] double all_s() const { return closed_s + open_s + half_open_s; }
  [[nodiscard]] double rejected() const { return open_s / all_s(); }  // share of the calls
  [[nodiscard]] double trips_per_hour() const { return 3600 / all_s(); }
};

// Of a breaker that trips after `calls_until_trip` calls on average, stays open for `open_s` and
// closes after `trials_needed` good calls in a row, the first bad one of which opens it again.
// `failures` in [0, 1).
[[nodiscard]] Cycle long_run(double calls_until_trip, double calls_per_second, double failures,
                             double open_s, std::uint64_t trials_needed);

}  // namespace tripcurve::theory
