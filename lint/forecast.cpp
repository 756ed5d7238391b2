#include "lint/forecast.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace tripcurve::lint {
namespace {

using breaker::TripRule;

constexpr double infinity = std::numeric_limits<double>::infinity();

// The failures that trip the rule among n calls.
double needed(const TripRule& rule, double n) {
  if (rule.kind != TripRule::Kind::share) {
    return static_cast<double>(rule.failures);
  }
  const double exact = rule.share * n;
  const double whole = std::ceil(exact);
  return std::max(1.0, rule.only_above && whole == exact ? whole + 1 : whole);
}

double log_binomial(double n, double k, double p) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
         (n - k) * std::log1p(-p);
}

// The chance that at least k of m calls fail.
double at_least(double k, double m, double share) {
  if (k > m) {
    return 0;
  }
  if (k <= m * share) {
    return 1;  // nearly, and the rule trips at once
  }
  // Beyond the mode the terms shrink, each by this ratio to the one before.
  double term = std::exp(log_binomial(m, k, share));
  double sum = 0;
  for (; k <= m && term > sum * 1e-12; ++k) {
    sum += term;
    term *= (m - k) / (k + 1) * share / (1 - share);
  }
  return sum;
}

// The chance that a call fails after a success, so that `share` of all fail.
double after_success(double share, double stickiness) {
  return share * (1 - stickiness) / (1 - share);
}

// Solves for the mean number of calls from each state of the window (its last calls as bits, and
// how many there are yet), by sweeping until nothing changes; the states form a chain towards full
// windows, and those converge geometrically.
double exact_calls_until_window(const TripRule& rule, double share, double stickiness) {
  const auto window = static_cast<unsigned>(rule.window_calls);
  const std::size_t states = std::size_t{1} << window;
  const double fails_after_success = after_success(share, stickiness);
  const auto tripped = [&](std::size_t bits, unsigned calls) {
    return calls >= std::min<std::uint64_t>(rule.minimum_calls, window) &&
           std::popcount(bits) >= needed(rule, calls);
  };
  const auto step = [&](std::size_t bits, bool failure) {
    return ((bits << 1U) | (failure ? 1U : 0U)) & (states - 1);
  };
  const auto fails = [&](std::size_t bits) {
    return (bits & 1U) != 0 ? stickiness : fails_after_success;
  };

  // Follow the distribution over windows of a breaker that has not tripped. Once the share that
  // trips at each call is constant, what is left trips at that rate.
  std::vector<double> now(states, 0);
  std::vector<double> next(states, 0);
  double total = 0;  // calls made so far by those that had not tripped before them
  double alive = 1;
  now[0] = 1;
  for (unsigned calls = 0; calls < window; ++calls) {
    std::ranges::fill(next, 0);
    total += alive;
    double left = 0;
    for (std::size_t bits = 0; bits < states; ++bits) {
      if (now[bits] == 0) {
        continue;
      }
      // Before the first call the chain is in its long run.
      const double p = calls == 0 ? share : fails(bits);
      for (const bool failure : {false, true}) {
        const auto to = step(bits, failure);
        const double flow = now[bits] * (failure ? p : 1 - p);
        if (!tripped(to, calls + 1)) {
          next[to] += flow;
          left += flow;
        }
      }
    }
    std::swap(now, next);
    alive = left;
  }
  // From full windows on: add up the survivors until they leave at a constant rate.
  double rate = 1;
  for (int round = 0; round < 100'000 && alive > 0; ++round) {
    std::ranges::fill(next, 0);
    total += alive;
    double left = 0;
    for (std::size_t bits = 0; bits < states; ++bits) {
      if (now[bits] == 0) {
        continue;
      }
      for (const bool failure : {false, true}) {
        const auto to = step(bits, failure);
        const double flow = now[bits] * (failure ? fails(bits) : 1 - fails(bits));
        if (!tripped(to, window)) {
          next[to] += flow;
          left += flow;
        }
      }
    }
    std::swap(now, next);
    const double loss = (alive - left) / alive;
    alive = left;
    if (round > static_cast<int>(4 * window) && std::abs(loss - rate) <= 1e-9 * loss) {
      rate = loss;
      break;
    }
    rate = loss;
  }
  return rate > 0 ? total + alive / rate : infinity;
}

}  // namespace

double calls_until_row(std::uint64_t n, double share, double stickiness) {
  const double fails_after_success = after_success(share, stickiness);
  const double rest = static_cast<double>(n) - 1;  // of the row, after its first
  const double whole_row = std::pow(stickiness, rest);
  // Mean calls from the first failure on, until the row is broken or whole.
  const double in_row = -std::expm1(rest * std::log(stickiness)) / (1 - stickiness);
  return (1 + fails_after_success * in_row) / (fails_after_success * whole_row);
}

std::optional<double> calls_until_window(const TripRule& rule, double share, double stickiness) {
  const auto window = static_cast<double>(rule.window_calls);
  const double k = needed(rule, window);
  if (k > window) {
    return infinity;
  }
  if (rule.window_calls <= 12) {
    return exact_calls_until_window(rule, share, stickiness);
  }
  // Before the window is full it is judged by less, which the estimate does not know.
  if (stickiness != share || rule.minimum_calls < rule.window_calls) {
    return std::nullopt;
  }
  const double rate = (1 - share) * share * std::exp(log_binomial(window - 1, k - 1, share));
  return static_cast<double>(rule.minimum_calls) + 1 / rate;
}

double calls_until_share(const TripRule& rule, double mean_calls, double share) {
  // A failure arrives and finds m calls in the window, f of them failed; it trips when the rule
  // holds with it. Whether the rule held before is no matter: calls that leave the window can make
  // it hold without anybody looking. Sum over m, as far as a Poisson count goes.
  const double spread = 12 * std::sqrt(mean_calls) + 30;
  const auto minimum = static_cast<double>(rule.minimum_calls);
  const double least = std::max({0.0, mean_calls - spread, minimum - 1});
  double chance = 0;
  for (double m = std::floor(least); m <= mean_calls + spread; ++m) {
    const double poisson = std::exp(m * std::log(mean_calls) - mean_calls - std::lgamma(m + 1));
    chance += poisson * at_least(needed(rule, m + 1) - 1, m, share);
  }
  // No rule trips before it has its minimum of calls, and the failures that it needs of them.
  const double soonest = std::max(minimum, needed(rule, minimum) / share);
  return chance > 0 ? std::max(1 / (share * chance), soonest) : infinity;
}

std::optional<double> calls_until_trip(const TripRule& rule, double calls_per_second, double share,
                                       double stickiness) {
  if (share <= 0) {
    return infinity;
  }
  if (share >= 1 || rule.of_slow_calls ||
      (rule.tumbling && rule.window > Duration{} && rule.kind != TripRule::Kind::consecutive)) {
    return std::nullopt;
  }
  switch (rule.kind) {
    case TripRule::Kind::consecutive:
      return calls_until_row(std::max<std::uint64_t>(rule.failures, 1), share, stickiness);
    case TripRule::Kind::count:
    case TripRule::Kind::share:
      if (rule.window_calls > 0) {
        return calls_until_window(rule, share, stickiness);
      }
      if (rule.window > Duration{} && calls_per_second > 0 && stickiness == share) {
        return calls_until_share(rule, calls_per_second * to_seconds(rule.window), share);
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tripcurve::lint
