// KrakenD: extra_config."qos/circuit-breaker" of a backend. It is gobreaker v1 with
// ConsecutiveFailures > max_errors: it opens on one more error than max_errors says.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// Before 2.0 the same block had the name of its package, and two keys in camel case.
constexpr std::array<std::string_view, 2> names{
    "qos/circuit-breaker", "github.com/devopsfaith/krakend-circuitbreaker/gobreaker"};

Result<std::string> as_more_than(const Node& node) {
  const auto count = whole_of(node);
  return count ? Result<std::string>(fmt::format("ConsecutiveFailures > {}", *count))
               : Result<std::string>(count.error());
}

constexpr std::array taken{
    Taken{"interval", "Interval", as_whole_seconds},
    Taken{"timeout", "Timeout", as_whole_seconds},
    Taken{"max_errors", "ReadyToTrip", as_more_than},
};
constexpr std::array ignored{
    Ignored{"name", "only names the breaker in the log"},
    Ignored{"log_status_change", "has no effect on what the breaker decides"},
};

Result<Draft> read_breaker(const Node& map) {
  Draft draft{.dialect = "gobreaker"};
  Fields fields(map, "a KrakenD circuit breaker", Spelling::proto);
  take(draft, fields, taken);
  ignore(draft, fields, ignored);
  if (auto error = fields.error()) {
    return *error;
  }
  if (!draft.value_of("ReadyToTrip")) {
    return map.key_at.error("a KrakenD circuit breaker needs max_errors", "add \"max_errors\": 5");
  }
  return draft;
}

// The breaker's own name; else the path of its backend, else where it stands.
std::string name_of(const Visit& visit) {
  if (const auto name = word_of(*visit.map, "name"); !name.empty()) {
    return std::string(name);
  }
  const auto* config = visit.around;
  const auto* backend = config == nullptr ? nullptr : config->around;
  const auto pattern =
      backend == nullptr ? std::string_view{} : word_of(*backend->map, "url_pattern");
  return pattern.empty() ? path_of(visit) : std::string(pattern);
}

}  // namespace

Result<std::vector<Found>> find_krakend(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    if (std::ranges::find(names, visit.map->key) != names.end()) {
      found.push_back(
          {name_of(visit), visit.map->key_at, [map = visit.map] { return read_breaker(*map); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
