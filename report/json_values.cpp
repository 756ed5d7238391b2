#include "report/json_values.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/ensure.hpp"
#include "core/text.hpp"

namespace tripcurve::report {

using Json = nlohmann::ordered_json;

namespace {

// What steers a terminal stands within strings only, where JSON has a way to write it.
std::string escaped(std::string_view json) {
  std::string text;
  while (!json.empty()) {
    const auto before = json;
    const auto c = take_code_point(json);
    if (steers(c) && c != '\n') {
      text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
    } else {
      text += before.substr(0, before.size() - json.size());
    }
  }
  return text;
}

}  // namespace

Json experiment_value(const std::string& experiment_json) {
  auto value = Json::parse(experiment_json, nullptr, /*allow_exceptions=*/false);
  ENSURE(value.is_object());
  return value;
}

std::string render(const Json& value, int indent) {
  return escaped(value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)) +
         "\n";
}

}  // namespace tripcurve::report
