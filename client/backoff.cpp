#include "client/backoff.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"

namespace tripcurve::client {
namespace {

using Nanoseconds = std::chrono::duration<double, std::nano>;

// Longer than any run, and safe to add to any time of one.
constexpr Nanoseconds longest = std::chrono::hours(100'000);

// The largest whole multiple of the grain.
Nanoseconds cut(const Backoff& backoff, Nanoseconds wait) {
  return backoff.grain * std::floor(wait / Nanoseconds(backoff.grain));
}

// One exponential wait after the other; `memory` has the last one, or 0 for the one before the
// first. Once they no longer change they never will.
Nanoseconds exponential(const Backoff& backoff, std::uint32_t n, double& memory) {
  Nanoseconds wait(memory > 0 && n > 0 ? memory : static_cast<double>(backoff.delay.count()));
  for (auto steps = memory > 0 ? std::min(n, 1U) : n; steps > 0; --steps) {
    const auto next = std::min(cut(backoff, wait * backoff.multiplier), longest);
    if (next == wait) {
      break;
    }
    wait = next;
  }
  memory = wait.count();
  return wait;
}

Nanoseconds grown(const Backoff& backoff, std::uint32_t n, double& memory) {
  switch (backoff.growth) {
    case Backoff::Growth::constant:
      return backoff.delay;
    case Backoff::Growth::linear:
      return Nanoseconds(backoff.delay) * (n + 1.0);
    case Backoff::Growth::exponential:
      return exponential(backoff, n, memory);
  }
  ENSURE(false);
}

Nanoseconds spread_wait(const Backoff& backoff, Nanoseconds wait, double draw) {
  const bool coarse = backoff.grain > Duration(1);
  const auto range = wait * 2 * backoff.spread + Nanoseconds(coarse ? backoff.grain : Duration{});
  const auto drawn = wait + range * draw - wait * backoff.spread;
  return coarse ? std::max(drawn, Nanoseconds(backoff.grain)) : drawn;
}

// Evenly one of the whole grains in a range around it.
Nanoseconds range_wait(const Backoff& backoff, Nanoseconds wait, double draw) {
  const Nanoseconds range(backoff.range);
  const Nanoseconds step(backoff.grain > Duration(1) ? backoff.grain : Duration{});
  return std::max(wait - range + (range * 2 + step) * draw, Nanoseconds(0));
}

// A point of a curve whose slope is steep between whole numbers is what a wait adds to the one
// before; 1.4 brings its median to what the delay would be without jitter.
Nanoseconds median_wait(Duration delay, std::uint32_t n, double& memory, double draw) {
  const double t = n + draw;
  const double point = std::exp2(t) * std::tanh(std::sqrt(4.0 * t));
  const double step = point - memory;
  memory = point;
  return std::isinf(point) ? longest : Nanoseconds(delay) * (step / 1.4);
}

Nanoseconds jittered(const Backoff& backoff, std::uint32_t n, double& memory,
                     const std::function<double()>& draw) {
  const Nanoseconds most = backoff.most ? Nanoseconds(*backoff.most) : longest;
  const auto base = [&] { return std::min(grown(backoff, n, memory), most); };
  switch (backoff.jitter) {
    case Backoff::Jitter::none:
      return base();
    case Backoff::Jitter::full:
      return base() * draw();
    case Backoff::Jitter::equal: {
      const auto half = base() / 2;
      return half + half * draw();
    }
    case Backoff::Jitter::decorrelated: {
      const Nanoseconds least(backoff.delay);
      const Nanoseconds before(n == 0 ? least.count() : memory);
      const auto wait = std::min(most, least + (before * 3 - least) * draw());
      memory = wait.count();
      return wait;
    }
    case Backoff::Jitter::spread:
      return spread_wait(backoff, std::min(grown(backoff, n, memory), longest), draw());
    case Backoff::Jitter::median:
      return median_wait(backoff.delay, n, memory, draw());
    case Backoff::Jitter::range:
      return range_wait(backoff, base(), draw());
  }
  ENSURE(false);
}

}  // namespace

Duration wait_before(const Backoff& backoff, std::uint32_t n, double& memory,
                     const std::function<double()>& draw) {
  if (backoff.delay == Duration::zero() && backoff.jitter != Backoff::Jitter::range) {
    return {};
  }
  const auto wait = std::min(jittered(backoff, n, memory, draw), longest);
  const auto whole = Duration(static_cast<Duration::rep>(cut(backoff, wait).count()));
  return backoff.most ? std::min(whole, *backoff.most) : whole;
}

}  // namespace tripcurve::client
