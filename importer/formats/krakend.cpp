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
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// Before 2.0 the same block had the name of its package, and two keys in camel case.
constexpr std::array<std::string_view, 2> krakend_names{
    "qos/circuit-breaker", "github.com/devopsfaith/krakend-circuitbreaker/gobreaker"};

Result<std::string> as_more_than(const Node& node) {
  const auto count = whole_of(node);
  return count ? Result<std::string>(fmt::format("ConsecutiveFailures > {}", *count))
               : Result<std::string>(count.error());
}

constexpr std::array krakend_taken{
    Taken{"interval", "Interval", as_whole_seconds},
    Taken{"timeout", "Timeout", as_whole_seconds},
    Taken{"max_errors", "ReadyToTrip", as_more_than},
};
constexpr std::array krakend_ignored{
    Ignored{"name", "only names the breaker in the log"},
    Ignored{"log_status_change", "has no effect on what the breaker decides"},
};

constexpr std::string_view no_op = "no-op";
constexpr std::uint64_t most_at_once = 100;  // calls of one request that are played

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
                   " KrakenD passes every answer on, and none of them is an error to the breaker"};
  }
  return {.changes = *parse_outcome_changes("100-999=failure,200-201=success"),
          .why = "KrakenD takes every answer except 200 and 201 for an error"};
}

// The backend of a breaker and the endpoint that it belongs to, as far as they are in the file.
const Visit* backend_of(const Visit& breaker) {
  return breaker.around == nullptr ? nullptr : breaker.around->around;
}
const Visit* endpoint_of(const Visit& breaker) {
  const auto* backend = backend_of(breaker);
  const auto* around = backend == nullptr ? nullptr : backend->around;
  return around != nullptr && around->map->find("endpoint") != nullptr ? around : nullptr;
}

// A text that is a time and not 0, else KrakenD goes on as if there were none (parseDuration in
// config/parser.go), which is told. What is no text it refuses.
Result<std::optional<Timeout>> krakend_time(Draft& draft, const Node* written) {
  if (written == nullptr) {
    return std::optional<Timeout>();
  }
  const auto length = go_duration_of(*written);
  if (!length && !written->quoted && all_digits(written->text)) {
    return length.error();
  }
  if (!length || *length <= Duration::zero()) {
    draft.warnings.push_back(
        {written->key_at, written->key,
         fmt::format("KrakenD ignores {}, which is not a valid time such as 800ms",
                     quoted(written->text))});
    return std::optional<Timeout>();
  }
  return std::optional(Timeout{written->at, *length});
}

// What an endpoint's time is divided by: that of its backends and of calls at once of one backend.
// Both parts are of the whole, and the shorter ends a call (proxy/merging.go, concurrent.go).
std::optional<Error> divide(Draft& draft, const Visit& endpoint, Duration& length) {
  const auto whole = length;
  const auto* backends = endpoint.map->find("backend");
  if (backends != nullptr && backends->children.size() > 1) {
    const auto* sequential = find_path(*endpoint.map, {"extra_config", "proxy", "sequential"});
    const bool in_turn = sequential != nullptr && sequential->text == "true";
    length = whole * 85 / 100;
    draft.warnings.push_back(
        {backends->key_at, backends->key,
         in_turn ? "the backends are asked one after the other and share 85% of the endpoint's "
                   "timeout; tripcurve uses all of it"
                 : "if there are several backends, each has 85% of the endpoint's timeout"});
  }
  if (const auto* calls = endpoint.map->find("concurrent_calls")) {
    const auto count = whole_of(*calls);
    if (!count) {
      return count.error();
    }
    if (*count > 1) {
      length = whole * 75 / 100;
      draft.warnings.push_back(
          {calls->key_at, calls->key,
           fmt::format("each request makes {} calls to the backend at once, each of them through "
                       "the breaker and with 75% of the timeout, and takes the first good answer",
                       *count)});
      draft.client.emplace_back(client::HedgingConfig{
          .most = static_cast<std::uint32_t>(std::min(*count, most_at_once) - 1),
          .delay = Duration::zero(),
          .rules =
              client::EndingRules(OutcomeRules().with(draft.counts->changes)).with_open_failing()});
    }
  }
  return std::nullopt;
}

// A call of the backend ends with its endpoint's timeout, else the service's, else two seconds
// (DefaultTimeout in config/config.go).
std::optional<Error> take_timeout(Draft& draft, const Visit& endpoint) {
  const auto* root = &endpoint;
  while (root->around != nullptr) {
    root = root->around;
  }
  Timeout timeout{.at = endpoint.map->at, .length = std::chrono::seconds(2)};
  for (const auto* map : {endpoint.map, root->map}) {
    const auto own = krakend_time(draft, map->find("timeout"));
    if (!own) {
      return own.error();
    }
    if (*own) {
      timeout = **own;
      break;
    }
  }
  if (auto error = divide(draft, endpoint, timeout.length)) {
    return error;
  }
  draft.timeout = timeout;
  return std::nullopt;
}

// Comments, and what editors add.
bool is_comment(const Node& child) { return child.key.find_first_of("@$_#") == 0; }

Result<Draft> read_krakend_breaker(const Node& map, const ImportedCounts& counts,
                                   const Visit* endpoint) {
  Draft draft{.dialect = "gobreaker", .counts = counts};
  Fields fields(map, "a KrakenD circuit breaker", Spelling::proto);
  take(draft, fields, krakend_taken);
  ignore(draft, fields, krakend_ignored);
  for (const auto& child : map.children) {
    if (map.is_map() && is_comment(child)) {
      (void)fields.take(child.key);
    }
  }
  if (endpoint != nullptr) {
    fields.refuse(take_timeout(draft, *endpoint));
  }
  if (auto error = fields.error()) {
    return *error;
  }
  if (!draft.value_of("ReadyToTrip")) {
    return map.key_at.error("a KrakenD circuit breaker needs max_errors", "add \"max_errors\": 5");
  }
  if (!draft.client.empty()) {
    const auto breaker = breaker_policy_of(draft, map.key_at);
    if (!breaker) {
      return breaker.error();
    }
    draft.client.emplace_back(*breaker);
    draft.client.emplace_back(client::TimeoutConfig{draft.timeout->length});
  }
  return draft;
}

// The breaker's own name; else the path of its backend, else where it stands.
std::string backend_name(const Visit& visit) {
  if (const auto name = word_of(*visit.map, "name"); !name.empty()) {
    return std::string(name);
  }
  const auto* backend = backend_of(visit);
  const auto pattern =
      backend == nullptr ? std::string_view{} : word_of(*backend->map, "url_pattern");
  return pattern.empty() ? path_of(visit) : std::string(pattern);
}

// The endpoint, also with its method, and the backend's path.
std::vector<std::string> other_names(const Visit& visit) {
  std::vector<std::string> others;
  if (const auto* endpoint = endpoint_of(visit)) {
    const std::string path(word_of(*endpoint->map, "endpoint"));
    const auto method = word_of(*endpoint->map, "method");
    others.push_back(path);
    others.push_back(fmt::format("{} {}", method.empty() ? "GET" : method, path));
  }
  if (const auto* backend = backend_of(visit)) {
    others.emplace_back(word_of(*backend->map, "url_pattern"));
  }
  std::erase(others, "");
  return others;
}

}  // namespace

Result<std::vector<Found>> find_krakend(const document::Documents& documents) {
  std::vector<Found> found;
  const auto visits = std::make_shared<const std::deque<Visit>>(all_maps(documents));
  for (const auto& visit : *visits) {
    if (std::ranges::find(krakend_names, visit.map->key) != krakend_names.end()) {
      found.push_back(
          {backend_name(visit), visit.map->key_at,
           [visits, map = visit.map, counts = counts_of(visit), endpoint = endpoint_of(visit)] {
             return read_krakend_breaker(*map, counts, endpoint);
           },
           other_names(visit)});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
