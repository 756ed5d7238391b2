#include "curve/forms.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::curve {
namespace {

// The mean number of calls until `n` fail in a row, when each fails with that share.
std::optional<double> calls_until_in_a_row(double n, double share) {
  if (share <= 0) {
    return std::nullopt;
  }
  return share >= 1 ? n : (1 - std::pow(share, n)) / (std::pow(share, n) * (1 - share));
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
    return calls_until_in_a_row(static_cast<double>(rule.failures), steady.failures);
  }
  const auto window = window_of(rule, steady.calls_per_second);
  if (rule.kind != breaker::TripRule::Kind::share || !window ||
      *window < 1.5 * static_cast<double>(rule.minimum_calls) || steady.failures <= rule.share) {
    return std::nullopt;
  }
  const auto needed =
      rule.only_above ? std::floor(rule.share * *window) + 1 : std::ceil(rule.share * *window);
  return needed / steady.failures;
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

}  // namespace tripcurve::curve
