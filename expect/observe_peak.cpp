// What comes at once when a breaker closes.
#include <algorithm>

#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

// Requests per second between two moments, as far as points of the series lie between them; none
// where none does.
std::optional<double> request_rate(const report::Series& series, TimePoint begin, TimePoint end) {
  double requests = 0;
  double seconds = 0;
  TimePoint point_begin{};
  for (const auto& point : series.points) {
    if (point_begin >= begin && point.end <= end) {
      requests += as_number(point.upstream_requests.value_or(point.counts.sent));
      seconds += to_seconds(point.end - point_begin);
    }
    point_begin = point.end;
  }
  return seconds > 0 ? std::optional(requests / seconds) : std::nullopt;
}

}  // namespace

// What comes at once when a breaker lets everything through again, beside a usual second.
Observations peak_after_close(const report::Summary& summary, const report::Scope& scope) {
  const auto& series = summary.facts.series;
  const auto& faults = summary.facts.timetable.faults();
  const auto usual =
      faults.empty() ? std::nullopt : request_rate(series, TimePoint{}, faults.front().begin);
  // At least one whole point of the series lies in it.
  const auto after = std::max<Duration>(std::chrono::seconds(1), 2 * series.interval);
  return by_counts(summary, scope, [&](const load::Counts&, const Stretch& stretch) {
    Observation observation;
    if (!usual || *usual <= 0) {
      observation.why = "no request was sent before the first fault to hold it against";
      return observation;
    }
    for (const auto& event : summary.facts.events) {
      const auto& transition = event.transition;
      if (!breaker::closes(transition.from, transition.to) || transition.at < stretch.span.begin ||
          transition.at >= stretch.span.end) {
        continue;
      }
      if (const auto rate = request_rate(series, transition.at, transition.at + after)) {
        ++observation.samples;
        observation.value = std::max(observation.value.value_or(0), *rate / *usual);
      }
    }
    observation.why = observation.samples == 0 ? "no breaker closed" : "";
    return observation;
  });
}

}  // namespace tripcurve::expect
