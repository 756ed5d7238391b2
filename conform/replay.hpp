// Plays a recorded trace to the dialect it was recorded for and compares every answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "conform/trace.hpp"

namespace tripcurve::conform {

// The first step on which the dialect and the library disagree.
struct Difference {
  std::size_t step = 0;  // index into Trace::steps
  std::string got;       // what the dialect said: "rejected (ErrOpenState), state open"
};

// Nothing when every step is equal. Timers that are due at a step's time have fired before it.
[[nodiscard]] std::optional<Difference> replay(const Trace& trace);

// For people: the trace, its settings, the steps before the difference and the difference.
[[nodiscard]] std::string explain(const Trace& trace, const Difference& difference);

}  // namespace tripcurve::conform
