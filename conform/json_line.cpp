#include "conform/json_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace tripcurve::conform {

using nlohmann::json;

namespace {

// How deeply lists and objects are nested, whatever else is wrong with the text. The parser's own
// callback would look at all elements of a list at the end of each.
int depth_of(std::string_view text) {
  int deepest = 0;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      in_text = c != '"';
      i += c == '\\' ? 1U : 0U;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<json> read_object(std::string_view line) {
  // What is nested deeper is no trace, and printing it would need as deep a stack.
  constexpr int deepest = 9;
  if (depth_of(line) > deepest) {
    return Error{"nested too deeply for a trace", std::string(see_format)};
  }
  auto document = json::parse(line, nullptr, false);
  if (document.is_discarded() || !document.is_object()) {
    return Error{"not a JSON object", std::string(see_format)};
  }
  return document;
}

Result<Duration> milliseconds_of(const json& value, std::string_view what) {
  constexpr std::int64_t most =
      std::chrono::floor<std::chrono::milliseconds>(longest_trace).count();
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
