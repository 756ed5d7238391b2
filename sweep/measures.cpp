#include "sweep/measures.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::sweep {
namespace {

using expect::Better;
using expect::Unit;

constexpr double month = 30.0 * 24 * 3600;

// A metric of expectations under its own name.
Measure of_metric(std::string_view name, std::string_view summary) {
  const auto metric = expect::find_metric(name);
  return {.name = name,
          .summary = summary,
          .unit = (*metric)->unit,
          .better = (*metric)->better,
          .metric = *metric};
}

const std::array<Measure, side_count>& all_sides() {
  static const std::array<Measure, side_count> table{
      of_metric("time_to_open", "from the start of a fault until the breaker opens"),
      of_metric("time_to_close", "from the end of a fault until the breaker is closed again"),
      Measure{.name = "false_trips_per_month",
              .summary = "trips in 30 days although nothing is wrong on purpose"},
      Measure{.name = "wasted_calls", .summary = "calls that were sent during a fault and failed"},
      of_metric("rejected_good", "rejected calls that would have succeeded"),
  };
  return table;
}

const Measure& side(Side which) { return sides()[static_cast<std::size_t>(which)]; }

Sample wasted_calls(const report::Summary& summary) {
  double failed = 0;
  for (const auto& phase : summary.phases) {
    failed += phase.phase.fault ? static_cast<double>(phase.counts.failed()) : 0;
  }
  return {.values = {failed}};
}

double normal_seconds(const report::Summary& summary, bool everyday) {
  double seconds = 0;
  for (const auto& phase : summary.phases) {
    seconds += everyday || !phase.phase.fault ? to_seconds(phase.lasted) : 0;
  }
  return seconds;
}

// Seen in the time in which nothing was wrong. Bursts are not everybody's every day: they count in
// what they make the breaker reject.
Sample false_trips(const report::Summary& summary, bool everyday) {
  if (everyday) {
    return {};
  }
  double trips = 0;
  for (const auto& seen : (*expect::find_metric("false_opens"))->observe(summary, {}, {})) {
    trips += seen.value.value_or(0);
  }
  const auto breakers = static_cast<double>(std::max<std::size_t>(summary.breakers.size(), 1));
  const auto seconds = normal_seconds(summary, everyday);
  return seconds > 0 ? Sample{.values = {trips / breakers * month / seconds}} : Sample{};
}

Sample observed(const Measure& measure, const report::Summary& summary) {
  Sample sample;
  for (const auto& seen : expect::observations_of(*measure.metric, summary, {}, measure.state)) {
    if (seen.value) {
      sample.values.push_back(*seen.value);
    } else if (seen.never) {
      sample.waited.push_back(seen.waited);
    }
  }
  return sample;
}

// What a single run, in virtual time and without a series of its seconds, cannot tell.
bool is_told(const expect::Metric& metric) {
  return metric.unit != Unit::states && !metric.needs_twin && !metric.needs_nesting &&
         !metric.only_by_service && metric.name != "peak_after_close";
}

}  // namespace

std::optional<double> Sample::mean() const {
  const auto count = values.size() + waited.size();
  if (count == 0) {
    return std::nullopt;
  }
  const double sum = std::accumulate(values.begin(), values.end(), 0.0) +
                     std::accumulate(waited.begin(), waited.end(), 0.0);
  return sum / static_cast<double>(count);
}

std::span<const Measure> sides() { return all_sides(); }

Result<Measure> find_measure(std::string_view name) {
  const auto known = std::ranges::find(sides(), name, &Measure::name);
  if (known != sides().end()) {
    return *known;
  }
  const auto named = expect::parse_metric(name);
  if (named && is_told(*named->metric)) {
    return Measure{.name = named->metric->name,
                   .summary = named->metric->summary,
                   .unit = named->metric->unit,
                   .better = named->metric->better,
                   .metric = named->metric,
                   .state = named->state};
  }
  std::vector<std::string_view> names;
  for (const auto& one : sides()) {
    names.push_back(one.name);
  }
  for (const auto& metric : expect::metrics()) {
    if (is_told(metric)) {
      names.push_back(metric.name);
    }
  }
  if (named) {
    return Error{"a sweep cannot measure " + quoted(name),
                 "use time_to_open, time_to_close, false_trips_per_month, wasted_calls, "
                 "rejected_good or another of tripcurve list metrics"};
  }
  const auto near = nearest(name, names);
  return Error{"unknown metric " + quoted(name),
               near.empty() ? "use false_trips_per_month, wasted_calls or one of tripcurve list "
                              "metrics"
                            : "did you mean '" + near + "'?"};
}

Sample sample_of(const Measure& measure, const report::Summary& summary, const Scenario& scenario) {
  if (measure.name == side(Side::wasted_calls).name) {
    return scenario.everyday ? Sample{} : wasted_calls(summary);
  }
  if (measure.name == side(Side::false_trips_per_month).name) {
    return false_trips(summary, scenario.everyday);
  }
  if (scenario.everyday && measure.metric->since_fault) {
    return {};
  }
  auto sample = observed(measure, summary);
  if (measure.name == side(Side::time_to_close).name && !sample.mean()) {
    sample.values = {0};  // it did not open: there was nothing to wait for
  }
  return sample;
}

}  // namespace tripcurve::sweep
