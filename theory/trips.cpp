#include "theory/trips.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "theory/runs.hpp"
#include "theory/windows.hpp"

namespace tripcurve::theory {
namespace {

using breaker::TripRule;

// Solved within milliseconds.
constexpr std::size_t few_states = 10'000;

std::optional<CallsUntilTrip> calls_until_window(const TripRule& rule, double share,
                                                 double stickiness) {
  if (const auto exact = exact_calls_until_window(rule, share, stickiness, few_states)) {
    return CallsUntilTrip{*exact, Form::chain};
  }
  // Before the window is full it is judged by less, which the approximation does not know.
  if (stickiness != share || rule.minimum_calls < rule.window_calls) {
    return std::nullopt;
  }
  const auto needed = failures_needed(rule, static_cast<double>(rule.window_calls));
  return CallsUntilTrip{
      scan_calls_until_window(rule.window_calls, static_cast<std::uint64_t>(needed), share),
      Form::scan};
}

}  // namespace

std::optional<CallsUntilTrip> calls_until_trip(const TripRule& rule, double calls_per_second,
                                               double share, double stickiness) {
  if (share <= 0) {
    return CallsUntilTrip{std::numeric_limits<double>::infinity(), Form::closed};
  }
  if (share >= 1 || stickiness >= 1 || rule.of_slow_calls ||
      (rule.tumbling && rule.window > Duration{} && rule.kind != TripRule::Kind::consecutive)) {
    return std::nullopt;
  }
  if (rule.kind == TripRule::Kind::consecutive) {
    return CallsUntilTrip{
        calls_until_row(std::max<std::uint64_t>(rule.failures, 1), share, stickiness),
        Form::closed};
  }
  if (rule.window_calls > 0) {
    return calls_until_window(rule, share, stickiness);
  }
  if (rule.window > Duration{} && calls_per_second > 0 && stickiness == share) {
    return CallsUntilTrip{
        calls_until_share(rule, calls_per_second * to_seconds(rule.window), share), Form::estimate};
  }
  return std::nullopt;
}

}  // namespace tripcurve::theory
