#include "report/json_values.hpp"

#include <nlohmann/json.hpp>

#include "core/ensure.hpp"
#include "report/counts.hpp"

namespace tripcurve::report {

using Json = nlohmann::ordered_json;

Json milliseconds(const std::optional<Duration>& d) {
  return d ? Json(to_milliseconds(*d)) : Json();
}

Json to_value(const load::Counts& counts) {
  Json value;
  for (const auto& column : count_columns) {
    value[std::string(column.name)] = value_of(counts, column);
  }
  return value;
}

Json to_value(const load::BreakerEvent& event, const std::string& breaker_name,
              const Timetable& timetable) {
  const auto& transition = event.transition;
  const auto* fault = timetable.latest_fault(transition.at);
  const auto since_fault =
      fault == nullptr ? std::nullopt : std::optional(transition.at - fault->begin);
  Json value{{"t_ms", to_milliseconds(transition.at)},
             {"breaker", breaker_name},
             {"from", breaker::name(transition.from)},
             {"to", breaker::name(transition.to)},
             {"cause", transition.cause},
             {"since_fault_ms", milliseconds(since_fault)},
             {"call_sent_ms", event.sent ? Json(to_milliseconds(*event.sent)) : Json()}};
  if (transition.from == breaker::State::half_open) {
    value["probes"] = event.probes;
    value["most_probes"] = event.most_probes;
  }
  return value;
}

Json to_value(const Phase& phase) {
  return {{"name", phase.name},
          {"begin_ms", to_milliseconds(phase.begin)},
          {"end_ms", to_milliseconds(phase.end)},
          {"fault", phase.fault}};
}

Json experiment_value(const std::string& experiment_json) {
  auto value = Json::parse(experiment_json, nullptr, /*allow_exceptions=*/false);
  ENSURE(value.is_object());
  return value;
}

std::string render(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tripcurve::report
