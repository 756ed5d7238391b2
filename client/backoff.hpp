// How long a retry waits before each attempt.
//
// Growth and jitter are those of Polly (Retry/RetryHelper.cs of Polly.Core 8.9), and of
// "Exponential Backoff And Jitter" (Marc Brooker, AWS Architecture Blog, 2015) for full, equal and
// decorrelated. Multiplier and grain are those of resilience4j (IntervalFunction.java 2.4.0) and of
// failsafe-go (retryexecutor.go v0.9.8), and the range that of MicroProfile (SimpleBackOff.java and
// RandomJitter.java of SmallRye Fault Tolerance 6): each wait is made of the one before, in whole
// milliseconds there and nanoseconds here. Held to recordings of all three (tests/golden/calls).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/time.hpp"

namespace tripcurve::client {

struct Backoff {
  enum class Growth : std::uint8_t {
    constant,     // delay each time
    linear,       // delay, 2 delays, 3 delays, ...
    exponential,  // delay, and times `multiplier` from one to the next
  };
  enum class Jitter : std::uint8_t {
    none,
    full,          // evenly between nothing and what it grew to
    equal,         // half of what it grew to, and evenly up to as much again
    decorrelated,  // evenly between delay and three times the wait before, whatever the growth
    spread,        // what it grew to, `spread` of it more or less at most
    median,        // Polly's: as long as it grew to in the middle, and unlike the wait before
    range,         // what it grew to, up to `range` more or less, and never less than nothing
  };

  Growth growth = Growth::constant;
  Duration delay = std::chrono::seconds(1);
  std::optional<Duration> most{};  // and never longer
  Jitter jitter = Jitter::none;
  double multiplier = 2;  // above 0
  double spread = 0.25;   // from 0 to 1
  Duration range = std::chrono::milliseconds(200);
  // Waits are whole multiples of it, and what an exponential one grows to is cut to one each time.
  // Of a grain that is not the shortest, a spread wait is evenly one of those in its range, and one
  // grain at least; one with a range likewise, without a least.
  Duration grain{1};

  friend bool operator==(const Backoff&, const Backoff&) = default;
};

// The wait before retry `n`, counted from 0. `memory` is 0 at first and is handed on from one wait
// to the next; `draw` gives an even number in [0, 1) when there is jitter.
[[nodiscard]] Duration wait_before(const Backoff& backoff, std::uint32_t n, double& memory,
                                   const std::function<double()>& draw);

}  // namespace tripcurve::client
