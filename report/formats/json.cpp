#include <nlohmann/json.hpp>

#include "report/counts.hpp"
#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "report/records.hpp"

namespace tripcurve::report {
namespace {

using report::to_value;  // beside those below

Json name_or_null(const std::string& name) { return name.empty() ? Json() : Json(name); }

Json share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? Json() : Json(static_cast<double>(part) / static_cast<double>(whole));
}

// `unit` is how long the numbers' unit lasts.
Json to_value(const LatencyStats& stats, Duration unit) {
  Json value{{"count", stats.count}};
  const auto add = [&](const char* name, Duration d) {
    value[name] = stats.count == 0
                      ? Json()
                      : Json(static_cast<double>(d.count()) / static_cast<double>(unit.count()));
  };
  add("mean", stats.mean);
  add("p50", stats.p50);
  add("p90", stats.p90);
  add("p95", stats.p95);
  add("p99", stats.p99);
  add("p999", stats.p999);
  add("max", stats.max);
  return value;
}

Json to_value(const UpstreamCounts& upstream) {
  auto injected = Json::object();
  for (const auto& [kind, count] : upstream.injected) {
    injected[kind] = count;
  }
  return {{"arrived", upstream.arrived},
          {"arrived_while_open", upstream.arrived_while_open},
          {"overtaken", upstream.overtaken},
          {"strangers", upstream.strangers},
          {"served", upstream.served},
          {"injected", std::move(injected)}};
}

constexpr Duration millisecond = std::chrono::milliseconds(1);
constexpr Duration microsecond = std::chrono::microseconds(1);

Json to_value(const EndpointSummary& endpoint) {
  return {{"name", endpoint.name},
          {"counts", to_value(endpoint.counts)},
          {"latency_ms", to_value(endpoint.response, millisecond)}};
}

template <typename T>
Json list(const std::vector<T>& all, Json (*value_of_one)(const T&)) {
  auto value = Json::array();
  for (const auto& one : all) {
    value.push_back(value_of_one(one));
  }
  return value;
}

Json to_value(const Histogram::Bucket& bucket) {
  return Json::array({to_milliseconds(bucket.upto), bucket.count});
}

Json to_value(const PhaseSummary& summary) {
  auto value = to_value(summary.phase);
  value["lasted_ms"] = to_milliseconds(summary.lasted);
  value["counts"] = to_value(summary.counts);
  value["fail_fast_share"] = share(summary.counts.fail_fast, summary.counts.ended());
  value["rate_per_s"] =
      summary.lasted == Duration::zero()
          ? Json()
          : Json(static_cast<double>(summary.counts.calls) / to_seconds(summary.lasted));
  value["latency_ms"] = to_value(summary.response, millisecond);
  value["service_ms"] = to_value(summary.service, millisecond);
  value["schedule_error_us"] = to_value(summary.schedule_error, microsecond);
  value["fail_fast_us"] = to_value(summary.fail_fast, microsecond);
  value["wasted_ms"] = to_milliseconds(summary.wasted);
  value["peak_in_flight"] = summary.peak_in_flight;
  value["peak_is_bound"] = summary.peak_is_bound;
  value["distribution"] = list(summary.distribution, to_value);
  value["endpoints"] = list(summary.endpoints, to_value);
  value["upstream"] = summary.upstream ? to_value(*summary.upstream) : Json();
  return value;
}

Json to_value(Reaction::CutOff cut_off) {
  switch (cut_off) {
    case Reaction::CutOff::run_ended:
      return "run_ended";
    case Reaction::CutOff::log_full:
      return "log_full";
    case Reaction::CutOff::none:
      break;
  }
  return {};
}

Json to_value(const Reaction& reaction) {
  return {{"fault_begin_ms", to_milliseconds(reaction.fault.begin)},
          {"fault_end_ms", to_milliseconds(reaction.fault.end)},
          {"opened", reaction.opened},
          {"time_to_open_ms", milliseconds(reaction.time_to_open)},
          {"closed_again", reaction.closed_again},
          {"time_to_close_ms", milliseconds(reaction.time_to_close)},
          {"opened_for_previous", reaction.opened_for_previous},
          {"cut_off", to_value(reaction.cut_off)}};
}

Json to_value(const BreakerSummary& breaker, const std::string& dialect) {
  return {{"name", breaker.identity.name},
          {"instance", breaker.identity.instance},
          {"endpoint", name_or_null(breaker.identity.endpoint)},
          {"dialect", dialect},
          {"initial_state", breaker::name(breaker.initial_state)},
          {"final_state", breaker::name(breaker.final_state)},
          {"opens", breaker.opens},
          {"trips", breaker.trips},
          {"closes", breaker.closes},
          {"time_closed_ms", to_milliseconds(breaker.time_closed)},
          {"time_open_ms", to_milliseconds(breaker.time_open)},
          {"time_half_open_ms", to_milliseconds(breaker.time_half_open)},
          {"reactions", list(breaker.reactions, to_value)},
          {"last_probes", breaker.last_probes.sent},
          {"last_most_probes", breaker.last_probes.most}};
}

Json to_value(const Intervention& intervention) {
  return {{"t_ms", to_milliseconds(intervention.at)},
          {"text", intervention.text},
          {"faulty", intervention.faulty}};
}

// Columns, because a chart reads them so and they take half the room.
Json to_value(const Series& series) {
  Json value{{"interval_ms", to_milliseconds(series.interval)}};
  const auto add = [&](std::string_view name, auto number_of) {
    auto& column = value[std::string(name)] = Json::array();
    for (const auto& point : series.points) {
      column.push_back(number_of(point));
    }
  };
  using Point = Series::Point;
  add("t_ms", [](const Point& p) { return to_milliseconds(p.end); });
  for (const auto& column : count_columns) {
    add(column.name, [&](const Point& p) { return value_of(p.counts, column); });
  }
  add("in_flight", [](const Point& p) { return p.in_flight; });
  add("p50_ms", [](const Point& p) { return milliseconds(p.p50); });
  add("p99_ms", [](const Point& p) { return milliseconds(p.p99); });
  if (!series.points.empty() && series.points.front().arrived) {
    add("arrived", [](const Point& p) { return p.arrived ? Json(*p.arrived) : Json(); });
  }
  return value;
}

}  // namespace

std::string to_json(const Summary& summary) {
  const auto& facts = summary.facts;
  Json root{{"schema_version", schema_version},
            {"tool_version", facts.tool_version},
            {"command", facts.command},
            {"name", facts.name},
            {"description", facts.description},
            {"seed", facts.seed},
            {"timeout_ms", to_milliseconds(facts.timeout)},
            {"load", facts.load_words},
            {"reproduce", facts.reproduce},
            {"experiment", experiment_value(facts.experiment_json)}};
  if (!facts.reproduce_all.empty()) {
    root["reproduce_all"] = facts.reproduce_all;
  }
  for (const auto& [key, value] : facts.breaker_settings) {
    root["breaker_settings"][key] = value;
  }
  for (const auto& [key, value] : facts.host) {
    root["host"][key] = value;
  }
  if (!facts.target.empty()) {
    root["target"] = facts.target;
  }
  root["ending"] = name(facts.ending);
  root["ended_at_ms"] = to_milliseconds(facts.ended_at);
  root["stopped_because"] = facts.stopped_because;
  root["verdict"] = Form<Verdict>::write(summary.verdict);
  root["doubts"] = summary.doubts;
  root["baseline"] = Form<std::vector<Finding>>::write(summary.baseline);
  root["expectations"] = Form<std::vector<Finding>>::write(summary.findings);
  root["repeats"] = Form<std::optional<Repeats>>::write(summary.repeats);
  root["warnings"] = facts.warnings;
  root["notes"] = facts.notes;
  root["interventions"] = list(facts.interventions, to_value);
  root["totals"] = to_value(summary.totals);
  root["phases"] = list(summary.phases, to_value);
  root["breakers"] = Json::array();
  for (const auto& breaker : summary.breakers) {
    root["breakers"].push_back(to_value(breaker, facts.dialect));
  }
  root["transitions"] = Json::array();
  for (const auto& event : facts.events) {
    root["transitions"].push_back(
        to_value(event, facts.breakers[event.breaker].identity.name, facts.timetable));
  }
  root["transitions_total"] = facts.transition_count;
  root["series"] = to_value(facts.series);
  return render(root, 2);
}

}  // namespace tripcurve::report
