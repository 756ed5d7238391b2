#include <nlohmann/json.hpp>

#include "report/formats.hpp"
#include "report/json_values.hpp"

namespace tripcurve::report {
namespace {

using Json = nlohmann::ordered_json;
using report::to_value;  // beside those below

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
          {"served", upstream.served},
          {"injected", std::move(injected)}};
}

Json to_value(const PhaseSummary& summary) {
  constexpr Duration millisecond = std::chrono::milliseconds(1);
  constexpr Duration microsecond = std::chrono::microseconds(1);
  auto value = to_value(summary.phase);
  value["counts"] = to_value(summary.counts);
  value["fail_fast_share"] = share(summary.counts.fail_fast, summary.counts.calls);
  value["rate_per_s"] =
      summary.lasted == Duration::zero()
          ? Json()
          : Json(static_cast<double>(summary.counts.calls) / to_seconds(summary.lasted));
  value["latency_ms"] = to_value(summary.response, millisecond);
  value["service_ms"] = to_value(summary.service, millisecond);
  value["schedule_error_us"] = to_value(summary.schedule_error, microsecond);
  value["upstream"] = summary.upstream ? to_value(*summary.upstream) : Json();
  return value;
}

Json to_value(const Reaction& reaction) {
  return {{"fault_begin_ms", to_milliseconds(reaction.fault.begin)},
          {"fault_end_ms", to_milliseconds(reaction.fault.end)},
          {"opened", reaction.opened},
          {"time_to_open_ms", milliseconds(reaction.time_to_open)},
          {"closed_again", reaction.closed_again},
          {"time_to_close_ms", milliseconds(reaction.time_to_close)}};
}

Json to_value(const BreakerSummary& breaker, const std::string& dialect) {
  auto reactions = Json::array();
  for (const auto& reaction : breaker.reactions) {
    reactions.push_back(to_value(reaction));
  }
  return {{"name", breaker.name},
          {"dialect", dialect},
          {"final_state", breaker::name(breaker.final_state)},
          {"opens", breaker.opens},
          {"time_closed_ms", to_milliseconds(breaker.time_closed)},
          {"time_open_ms", to_milliseconds(breaker.time_open)},
          {"time_half_open_ms", to_milliseconds(breaker.time_half_open)},
          {"reactions", std::move(reactions)}};
}

}  // namespace

std::string to_json(const Summary& summary) {
  const auto& facts = summary.facts;
  Json root{{"schema_version", schema_version},
            {"tool_version", facts.tool_version},
            {"command", facts.command},
            {"seed", facts.seed},
            {"experiment", experiment_value(facts.experiment_json)}};
  for (const auto& [key, value] : facts.host) {
    root["host"][key] = value;
  }
  if (!facts.target.empty()) {
    root["target"] = facts.target;
  }
  root["totals"] = to_value(summary.totals);
  root["phases"] = Json::array();
  for (const auto& phase : summary.phases) {
    root["phases"].push_back(to_value(phase));
  }
  root["breakers"] = Json::array();
  for (const auto& breaker : summary.breakers) {
    root["breakers"].push_back(to_value(breaker, facts.dialect));
  }
  root["transitions"] = Json::array();
  for (const auto& event : facts.events) {
    root["transitions"].push_back(
        to_value(event, facts.breaker_names[event.breaker], facts.timetable));
  }
  root["transitions_total"] = facts.transition_count;
  root["verdict"] = {{"result", name(summary.verdict.result)},
                     {"reasons", summary.verdict.reasons}};
  return render(root, 2);
}

}  // namespace tripcurve::report
