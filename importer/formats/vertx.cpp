// Vert.x: the CircuitBreakerOptions of its circuit breaker, as JSON: a map with maxFailures, and
// another key that only these options have.
//
// Keys, defaults and what is passed over: CircuitBreakerOptions.java and
// CircuitBreakerOptionsConverter.java of vertx-circuit-breaker 5.0.8. Times are milliseconds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view no_part = "is not part of the breaker";
constexpr std::array vertx_ignored{
    Ignored{"fallbackOnFailure", "says what the caller of a failed call gets, not what counts"},
    Ignored{"notificationAddress", no_part},
    Ignored{"notificationPeriod", no_part},
    Ignored{"notificationLocalOnly", no_part},
    Ignored{"metricsRollingWindow", no_part},
    Ignored{"metricsRollingBuckets", no_part},
    Ignored{"name", "is the name of the breaker"},
};

// A number of JSON. The library passes over what is none, and cuts off fractions.
Result<std::string> as_json_number(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  const std::string_view digits = std::string_view(*text).substr(text->starts_with('-') ? 1 : 0);
  if (node.quoted || !all_digits(digits)) {
    return node.at.error(quoted(visible(*text)) +
                             " is not a whole number; the library ignores what is not a number, "
                             "and truncates fractions",
                         "write a whole number without quotes");
  }
  return *text;
}

// -1 is none.
Result<std::string> as_json_milliseconds(const Node& node) {
  const auto number = as_json_number(node);
  if (!number || *number == "-1") {
    return number;
  }
  const auto length = parse_duration(*number + "ms");
  if (!length) {
    return node.at.error(length.error().message, length.error().hint);
  }
  return format_duration(*length);
}

constexpr std::array vertx_taken{
    Taken{"maxFailures", "maxFailures", as_json_number},
    Taken{"failuresRollingWindow", "failuresRollingWindow", as_json_milliseconds},
    Taken{"resetTimeout", "resetTimeout", as_json_milliseconds},
};

void take_vertx_timeout(Draft& draft, const Node& map, Fields& fields) {
  constexpr auto by_default = std::chrono::seconds(10);
  const auto text = read_value(fields, "timeout", as_json_milliseconds);
  const auto* node = fields.take("timeout");
  if (!text) {
    draft.timeout = Timeout{map.at, by_default};
  } else if (*text == "-1") {
    draft.warnings.push_back({node->key_at, "timeout",
                              "the library never ends a call, so a half-open call that does not "
                              "end leaves the breaker half-open for ever"});
  } else {
    draft.timeout = Timeout{node->at, *parse_duration(*text)};
  }
}

Result<Draft> read_vertx_options(const Node& map) {
  Draft draft{.dialect = "vertx"};
  Fields fields(map, "CircuitBreakerOptions");
  take(draft, fields, vertx_taken);
  ignore(draft, fields, vertx_ignored);
  take_vertx_timeout(draft, map, fields);
  const auto retries = read_value(fields, "maxRetries", whole_of).value_or(0);
  if (const auto* node = fields.take("maxRetries"); retries > 0) {
    draft.warnings.push_back(
        {node->key_at, "maxRetries",
         fmt::format("the library tries a call up to {} times inside the breaker, which counts "
                     "only the last failure; tripcurve counts every call once",
                     retries + 1)});
  }
  for (const auto* stranger : fields.take_strangers()) {
    draft.ignored.push_back({stranger->key_at, stranger->key, "Vert.x has no such option"});
  }
  if (auto error = fields.error()) {
    return *error;
  }
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_vertx(const document::Documents& documents) {
  constexpr std::array<std::string_view, 4> own{"resetTimeout", "failuresRollingWindow",
                                                "fallbackOnFailure", "metricsRollingWindow"};
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto& map = *visit.map;
    const auto has = [&](std::string_view key) { return map.find(key) != nullptr; };
    if (has("dialect") || !has("maxFailures") || std::ranges::none_of(own, has)) {
      continue;
    }
    const auto name = word_of(map, "name");
    found.push_back({name.empty() ? path_of(visit) : std::string(name), map.at,
                     [&map] { return read_vertx_options(map); }});
  }
  return found;
}

}  // namespace tripcurve::importer
