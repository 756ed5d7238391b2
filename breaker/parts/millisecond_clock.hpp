// The clock of Node's and Java's breakers, Date.now() and System.currentTimeMillis(): the time that
// they read is the last whole millisecond.
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace tripcurve::breaker {

constexpr TimePoint millisecond_clock(TimePoint now) {
  return std::chrono::floor<std::chrono::milliseconds>(now);
}

}  // namespace tripcurve::breaker
