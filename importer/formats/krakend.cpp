// KrakenD: extra_config."qos/circuit-breaker" of a backend. It is gobreaker v1 with
// ConsecutiveFailures > max_errors: it opens on one more error than max_errors says.
//
// What it counts, read in luraproject/lura at caa4317 (proxy/http.go,
// transport/http/client/status.go, config/config.go): every answer but a 200 and a 201 is an error.
// With the encoding no-op, of the backend or of its endpoint's output, and with
// return_error_details, no answer is one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
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

constexpr std::string_view no_op = "no-op";

// The backend's settings for HTTP, by its present name and by that before 2.0.
const Node* http_settings(const Node& extra_config) {
  const auto* present = extra_config.find("backend/http");
  return present != nullptr ? present : extra_config.find("github.com/devopsfaith/krakend/http");
}

// The key by which no answer of the backend counts as an error, or null.
const Node* passes_all(const Visit& breaker) {
  const auto* config = breaker.around;
  if (config == nullptr) {
    return nullptr;
  }
  if (const auto* http = http_settings(*config->map);
      http != nullptr && !word_of(*http, "return_error_details").empty()) {
    return http->find("return_error_details");
  }
  const auto* backend = config->around;
  if (backend != nullptr && word_of(*backend->map, "encoding") == no_op) {
    return backend->map->find("encoding");
  }
  // The output of the endpoint or, where it has none of its own, of the service.
  const auto* around = backend == nullptr ? nullptr : backend->around;
  while (around != nullptr && word_of(*around->map, "output_encoding").empty()) {
    around = around->around;
  }
  return around != nullptr && word_of(*around->map, "output_encoding") == no_op
             ? around->map->find("output_encoding")
             : nullptr;
}

ImportedCounts counts_of(const Visit& breaker) {
  if (const auto* key = passes_all(breaker)) {
    return {.at = key->key_at,
            .changes = *parse_outcome_changes("100-999=success"),
            .why = "with " + key->key + " " + quoted(key->text) +
                   " KrakenD hands every answer on, and none of them is an error to the breaker"};
  }
  return {.changes = *parse_outcome_changes("100-999=failure,200-201=success"),
          .why = "every answer but a 200 and a 201 is an error to KrakenD"};
}

Result<Draft> read_breaker(const Node& map, const ImportedCounts& counts) {
  Draft draft{.dialect = "gobreaker", .counts = counts};
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
          {name_of(visit), visit.map->key_at,
           [map = visit.map, counts = counts_of(visit)] { return read_breaker(*map, counts); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
