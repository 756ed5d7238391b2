// How long a cockatiel breaker stays open, each time longer if so configured.
//
// Rules, read from src/backoff/*.ts at f475a69 and checked against recorded traces (without
// jitter); 3.2.1 has the same. Delays are milliseconds in double.
//   ConstantBackoff, IterableBackoff  the delays of a list; the last one repeats
//   ExponentialBackoff                noJitter: min(maxDelay, initialDelay * 2^n); fullJitter: a
//                                     chance part of that, halfJitter: half of it and a chance part
//                                     of the other half, rounded down; exponent does not matter
//   decorrelatedJitter, the default   with t = n + chance and f(t) = exponent^t * tanh(sqrt(4t)):
//                                     min(maxDelay, (f(t) - f(t before)) / 1.4 * initialDelay)
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/random.hpp"

namespace tripcurve::breaker {

class CockatielBackoff {
 public:
  CockatielBackoff() = default;
  CockatielBackoff(const CockatielBackoff&) = delete;
  CockatielBackoff& operator=(const CockatielBackoff&) = delete;
  virtual ~CockatielBackoff() = default;

  virtual double first_ms() = 0;  // starts over
  virtual double next_ms() = 0;
};

struct CockatielBackoffConfig {
  enum class Generator : std::uint8_t { no_jitter, full_jitter, half_jitter, decorrelated_jitter };
  std::vector<double> delays_ms{};  // of a list; empty: exponential
  Generator generator = Generator::decorrelated_jitter;
  double initial_delay_ms = 128;
  double max_delay_ms = 30'000;
  double exponent = 2;
};

[[nodiscard]] std::unique_ptr<CockatielBackoff> make_cockatiel_backoff(
    const CockatielBackoffConfig& config, Random random);

}  // namespace tripcurve::breaker
