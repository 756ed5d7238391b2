// How long it takes from the end of a fault until the breaker has closed again.
//
// Source: renewal arguments for one trial at a time (the fault ends at a random moment of the
// breaker's cycle of waiting and trying).
#pragma once

#include "core/time.hpp"

namespace tripcurve::theory {

struct Recovery {
  double calls_per_second = 0;
  Duration open_for{};
  Duration failed_trial{};  // how long a trial takes while the fault lasts
  Duration good_trial{};    // and after it
  double trials_needed = 1;
};

// The mean, in an open loop.
[[nodiscard]] Duration mean_time_to_close(const Recovery& recovery);

// Calls that an upstream gets in an outage of that length, which is noticed after `detected`: those
// of the detection (detection.hpp) and `trials` for each cycle.
[[nodiscard]] double calls_in_outage(const Recovery& recovery, double wasted, Duration outage,
                                     Duration detected, double trials);

}  // namespace tripcurve::theory
