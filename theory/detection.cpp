#include "theory/detection.hpp"

#include <algorithm>
#include <cmath>

#include "theory/binomial.hpp"
#include "theory/runs.hpp"
#include "theory/windows.hpp"

namespace tripcurve::theory {
namespace {

// calls_until_row() counts from a success on, and so longer by a mean wait for the first failure
// than from a failure on. The first call of a fault is a failure as often as any other.
std::optional<double> calls_until_in_a_row(std::uint64_t n, const Steady& steady) {
  constexpr double hardly_ever = 1e-30;
  const double share = steady.failures;
  if (share <= 0) {
    return std::nullopt;
  }
  if (share >= 1) {
    return static_cast<double>(n);
  }
  const double stickiness = std::max(steady.stickiness.value_or(share), hardly_ever);
  return 1 + calls_until_row(n, share, stickiness) -
         share / failure_after_success(share, stickiness);
}

// How many calls the rule's window holds.
std::optional<double> window_of(const breaker::TripRule& rule, double calls_per_second) {
  if (rule.tumbling) {
    return std::nullopt;
  }
  return rule.window_calls > 0      ? static_cast<double>(rule.window_calls)
         : rule.window > Duration{} ? std::optional(to_seconds(rule.window) * calls_per_second)
                                    : std::nullopt;
}

std::optional<double> calls_until(const breaker::TripRule& rule, const Steady& steady) {
  if (rule.of_slow_calls) {
    return std::nullopt;
  }
  if (rule.kind == breaker::TripRule::Kind::consecutive) {
    return calls_until_in_a_row(rule.failures, steady);
  }
  const auto window = window_of(rule, steady.calls_per_second);
  if (rule.kind != breaker::TripRule::Kind::share || !window || steady.stickiness ||
      *window < 1.5 * static_cast<double>(rule.minimum_calls) || steady.failures <= rule.share) {
    return std::nullopt;
  }
  return failures_needed(rule, *window) / steady.failures;
}

}  // namespace

std::optional<Duration> mean_time_to_open(const breaker::TripRule& rule, const Steady& steady) {
  const auto calls = calls_until(rule, steady);
  const double longest = to_seconds(std::chrono::hours(1'000'000));
  const double seconds = calls ? *calls / steady.calls_per_second : longest;
  return seconds < longest
             ? std::optional(Duration(std::llround(seconds * 1e9)) + steady.call_takes)
             : std::nullopt;
}

double wasted_calls(double needed, const Steady& steady) {
  return needed + steady.calls_per_second * to_seconds(steady.call_takes);
}

// The mean of the largest of so many gamma distributed times: the integral of the chance that one
// of them is not over yet, by Simpson's rule, in units of an instance's calls.
double seconds_until_last_opens(std::uint64_t n, double instances, double calls_per_second) {
  const auto needed = static_cast<double>(n);
  const auto not_all = [&](double calls) {
    return calls <= 0 ? 1 : 1 - std::pow(poisson_at_least(calls, needed), instances);
  };
  const double end = needed + 20 * std::sqrt(needed) + 20 + 2 * std::log(instances);
  constexpr int steps = 4000;
  const double step = end / steps;
  double sum = 0;
  for (int i = 0; i < steps; i += 2) {
    sum += not_all(i * step) + 4 * not_all((i + 1) * step) + not_all((i + 2) * step);
  }
  return sum * step / 3 * instances / calls_per_second;
}

}  // namespace tripcurve::theory
