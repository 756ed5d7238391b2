#include "report/json_values.hpp"

#include <nlohmann/json.hpp>

#include "core/ensure.hpp"

namespace tripcurve::report {

using Json = nlohmann::ordered_json;

Json experiment_value(const std::string& experiment_json) {
  auto value = Json::parse(experiment_json, nullptr, /*allow_exceptions=*/false);
  ENSURE(value.is_object());
  return value;
}

std::string render(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tripcurve::report
