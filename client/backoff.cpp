#include "client/backoff.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"

namespace tripcurve::client {
namespace {

using Nanoseconds = std::chrono::duration<double, std::nano>;

// Longer than any run, and safe to add to any time of one.
constexpr Nanoseconds longest = std::chrono::hours(100'000);

Nanoseconds grown(const Backoff& backoff, std::uint32_t n) {
  switch (backoff.growth) {
    case Backoff::Growth::constant:
      return backoff.delay;
    case Backoff::Growth::linear:
      return Nanoseconds(backoff.delay) * (n + 1.0);
    case Backoff::Growth::exponential:
      return Nanoseconds(backoff.delay) * std::exp2(n);
  }
  ENSURE(false);
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
  const auto base = std::min(grown(backoff, n), most);
  switch (backoff.jitter) {
    case Backoff::Jitter::none:
      return base;
    case Backoff::Jitter::full:
      return base * draw();
    case Backoff::Jitter::equal:
      return base / 2 + base / 2 * draw();
    case Backoff::Jitter::decorrelated: {
      const Nanoseconds least(backoff.delay);
      const Nanoseconds before(n == 0 ? least.count() : memory);
      const auto wait = std::min(most, least + (before * 3 - least) * draw());
      memory = wait.count();
      return wait;
    }
    case Backoff::Jitter::spread: {
      const auto wait = std::min(grown(backoff, n), longest);
      return wait + wait * 0.5 * draw() - wait * 0.25;
    }
    case Backoff::Jitter::median:
      return median_wait(backoff.delay, n, memory, draw());
  }
  ENSURE(false);
}

}  // namespace

Duration wait_before(const Backoff& backoff, std::uint32_t n, double& memory,
                     const std::function<double()>& draw) {
  if (backoff.delay == Duration::zero()) {
    return {};
  }
  const auto wait = std::min(jittered(backoff, n, memory, draw), longest);
  const auto whole = Duration(static_cast<Duration::rep>(wait.count()));
  return backoff.most ? std::min(whole, *backoff.most) : whole;
}

}  // namespace tripcurve::client
