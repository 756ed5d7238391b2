#include "conform/json_line.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

namespace tripcurve::conform {

using nlohmann::json;

Result<json> read_object(std::string_view line) {
  // What is nested deeper is no trace, and printing it would need as deep a stack.
  constexpr int deepest = 8;
  bool too_deep = false;
  auto document = json::parse(
      line,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
      },
      false);
  if (too_deep) {
    return Error{"nested too deeply for a trace", std::string(see_format)};
  }
  if (document.is_discarded() || !document.is_object()) {
    return Error{"not a JSON object", std::string(see_format)};
  }
  return document;
}

Result<Duration> milliseconds_of(const json& value, std::string_view what) {
  constexpr std::int64_t most = 10'000LL * 3'600'000;
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
    return Error{fmt::format("{} is {}", what, value.dump()),
                 "times are whole milliseconds, from 0 on"};
  }
  if (value.is_number_unsigned() ? value.get<std::uint64_t>() > std::uint64_t{most}
                                 : value.get<std::int64_t>() > most) {
    return Error{fmt::format("{} is {}, later than 10000h", what, value.dump()),
                 "times are whole milliseconds"};
  }
  return Duration(std::chrono::milliseconds(value.get<std::int64_t>()));
}

}  // namespace tripcurve::conform
