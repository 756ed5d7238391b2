// What a window counts.
#pragma once

#include <cstdint>

namespace tripcurve::breaker {

struct WindowCounts {
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t slow = 0;

  [[nodiscard]] std::uint64_t successes() const { return calls - failures; }

  WindowCounts& operator+=(const WindowCounts& other) {
    calls += other.calls;
    failures += other.failures;
    slow += other.slow;
    return *this;
  }
  WindowCounts& operator-=(const WindowCounts& other) {
    calls -= other.calls;
    failures -= other.failures;
    slow -= other.slow;
    return *this;
  }
  friend bool operator==(const WindowCounts&, const WindowCounts&) = default;
};

constexpr WindowCounts one_call(bool failure, bool slow = false) {
  return {1, failure ? 1U : 0U, slow ? 1U : 0U};
}

}  // namespace tripcurve::breaker
