#include "replay/json_report.hpp"

#include <nlohmann/json.hpp>

#include "core/units.hpp"
#include "replay/words.hpp"
#include "report/json_values.hpp"

namespace tripcurve::replay {
namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

// Nothing is said of a month by some hours.
Json a_month(const Findings& findings, const std::optional<double>& rate) {
  return findings.block() ? or_null(rate) : Json();
}

Json interval(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json();
}

Json lines_of(const LeftOuts& out) {
  auto first = Json::array();
  for (const auto& [line, why] : out.first) {
    first.push_back({{"line", line}, {"reason", why}});
  }
  return {{"count", out.count}, {"first", std::move(first)}};
}

Json json_of(const TraceFacts& trace) {
  return {{"name", trace.name},
          {"format", trace.format},
          {"reading", trace.reading},
          {"lines", trace.lines},
          {"calls", trace.calls},
          {"begin", format_time(trace.begin, std::nullopt)},
          {"end", format_time(trace.end, std::nullopt)},
          {"begin_ns", trace.begin},
          {"length_ms", to_milliseconds(trace.length())},
          {"bad", lines_of(trace.bad)},
          {"late", lines_of(trace.late)},
          {"rejected", lines_of(trace.rejected)},
          {"resets", lines_of(trace.resets)},
          {"other_endpoints", trace.others},
          {"out_of_order", trace.moved},
          {"spread", trace.spread},
          {"ambiguous_times", trace.ambiguous}};
}

Json json_of(const Findings& findings, const Trip& trip) {
  return {{"breaker", findings.breakers[trip.breaker]},
          {"at", time_text(findings.trace, trip.begin)},
          {"t_ms", to_milliseconds(trip.begin)},
          {"lasted_ms", trip.end == never ? Json() : Json(to_milliseconds(trip.end - trip.begin))},
          {"reopened", trip.reopened},
          {"cause", trip.cause},
          {"incident", trip.incident ? Json(*trip.incident + 1) : Json()}};
}

Json json_of(const Stretch& stretch) {
  return {{"calls", stretch.calls},
          {"failed", stretch.failed},
          {"rejected", stretch.rejected},
          {"calls_saved", stretch.rejected_failed},
          {"good_calls_lost", stretch.rejected - stretch.rejected_failed}};
}

Json json_of(const Findings& findings, const Outcomes& outcomes) {
  auto trips = Json::array();
  for (const auto& trip : outcomes.trips) {
    trips.push_back(json_of(findings, trip));
  }
  auto incidents = Json::array();
  for (const auto& [first_trip, covered] : outcomes.responses) {
    incidents.push_back(
        {{"missed", !first_trip.has_value()},
         {"first_trip_ms", first_trip ? Json(to_milliseconds(*first_trip)) : Json()},
         {"tripped_ms", to_milliseconds(covered)}});
  }
  return {{"breaker", outcomes.setting.breaker.text()},
          {"trips_total", outcomes.trip_count},
          {"reopened", outcomes.reopened},
          {"time_open_ms", to_milliseconds(outcomes.open)},
          {"all", json_of(outcomes.total)},
          {"outside_incidents", json_of(outcomes.outside)},
          {"waiting_saved_ms", to_milliseconds(outcomes.spared)},
          {"precision", or_null(precision(outcomes.sum))},
          {"precision_interval", interval(outcomes.precision)},
          {"recall", or_null(recall(outcomes.sum))},
          {"recall_interval", interval(outcomes.recall)},
          {"trips_per_month", a_month(findings, trips_per_month(outcomes.sum))},
          {"trips_per_month_interval", interval(outcomes.trips_per_month)},
          {"false_trips_per_month", a_month(findings, false_trips_per_month(outcomes.sum))},
          {"false_trips_per_month_interval", interval(outcomes.false_trips_per_month)},
          {"trips_complete", outcomes.is_complete},
          {"trips", std::move(trips)},
          {"incidents", std::move(incidents)}};
}

}  // namespace

std::string json_report(const Findings& findings) {
  auto incidents = Json::array();
  for (const auto& [begin, end, name] : findings.plan.incidents) {
    incidents.push_back({{"name", name},
                         {"begin", format_time(begin, std::nullopt)},
                         {"end", format_time(end, std::nullopt)}});
  }
  auto settings = Json::array();
  for (const auto& outcomes : findings.outcomes) {
    settings.push_back(json_of(findings, outcomes));
  }
  const auto judged = judge(findings);
  auto expectations = Json::array();
  for (const auto& [setting, expectation, judgement, observed] : judged) {
    expectations.push_back({{"setting", setting + 1},
                            {"expectation", expectation->text},
                            {"result", name(judgement)},
                            {"observed", observed}});
  }
  const auto& timeout = findings.plan.timeout;
  return report::render(
      {{"trace", json_of(findings.trace)},
       {"seed", findings.plan.seed},
       {"timeout_ms", timeout ? Json(to_milliseconds(*timeout)) : Json()},
       {"bootstrap_block_ms", findings.block() ? Json(to_milliseconds(*findings.block())) : Json()},
       {"bootstrap_blocks", findings.blocks()},
       {"incidents", std::move(incidents)},
       {"settings", std::move(settings)},
       {"expectations", std::move(expectations)},
       {"result", judged.empty() ? Json() : Json(name(verdict(judged)))},
       {"limits", limits(findings)}},
      2);
}

}  // namespace tripcurve::replay
