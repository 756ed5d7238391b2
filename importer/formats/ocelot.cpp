// Ocelot (.NET API gateway): QoSOptions of a route or of GlobalConfiguration, in ocelot.json.
//
// The rules are those of Ocelot.Provider.Polly 24.1.0, on Polly 8, the last release that has both
// the old names of the keys and the new ones: CircuitBreakerStrategy.cs has the defaults and what
// takes the place of values out of range, PollyQoSResiliencePipelineProvider.cs what counts,
// QoSOptionsCreator.cs how a route takes from GlobalConfiguration. What other releases make of the
// same file is told: 23.2.0 to 24.0 have a FailureRatio of 0.8 within 10 s, before 23.2 it is
// Polly 7's count of failures in a row, and 25.0 has a breaker of its own beside Polly's.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t one_day_ms = 86'400'000;

Result<std::int64_t> integer_of(const Node& node) {
  const auto value = number_of(node);
  if (!value) {
    return value.error();
  }
  if (!(*value >= -2'147'483'648.0 && *value <= 2'147'483'647.0) || std::floor(*value) != *value) {
    return node.at.error(quoted(node.text) + " is not a whole number of 32 bits",
                         "write it like 5000");
  }
  return static_cast<std::int64_t>(*value);
}

// A route's options over those of GlobalConfiguration, key by key.
struct Options {
  const Node* own;
  const Node* global;  // null where they do not hold for the route

  // The value of a key, which counts although it stands under its old name, too.
  [[nodiscard]] const Node* find(std::string_view old_key, std::string_view key) const {
    for (const auto name : {old_key, key}) {
      for (const auto* block : {own, global}) {
        const auto* node = block == nullptr || name.empty() ? nullptr : find_any_case(*block, name);
        if (node != nullptr && node->kind != Node::Kind::null) {
          return node;
        }
      }
    }
    return nullptr;
  }
};

// An option that Ocelot replaces by its default, with a line in its log, when it is out of range.
struct Ranged {
  std::string_view old_key;
  std::string_view key;
  std::int64_t above;  // both ends are out
  std::int64_t below;
  std::int64_t standard;
  std::string_view unit;
};
constexpr Ranged throughput{
    "ExceptionsAllowedBeforeBreaking", "MinimumThroughput", 1, 2'147'483'648, 100, ""};
constexpr Ranged break_time{"DurationOfBreak", "BreakDuration", 500, one_day_ms, 5000, "ms"};
constexpr Ranged sampling{"", "SamplingDuration", 500, one_day_ms, 30'000, "ms"};
constexpr Ranged call_timeout{"TimeoutValue", "Timeout", 10, one_day_ms, 30'000, "ms"};

void tell_replaced(Draft& draft, const Node& node, std::string_view standard,
                   std::string_view range) {
  draft.warnings.push_back({node.at, node.key,
                            fmt::format("{} is out of range ({}), so Ocelot uses {} instead",
                                        visible(node.text), range, standard)});
}

Result<std::int64_t> read_ranged(Draft& draft, const Node& node, const Ranged& option) {
  const auto value = integer_of(node);
  if (!value || (*value > option.above && *value < option.below)) {
    return value;
  }
  tell_replaced(draft, node, fmt::format("{}{}", option.standard, option.unit),
                option.unit.empty() ? fmt::format("{} or more", option.above + 1)
                                    : fmt::format("more than {}ms, less than a day", option.above));
  return option.standard;
}

std::optional<Error> take_ranged(Draft& draft, const Options& options, const Ranged& option,
                                 const Place& otherwise) {
  const auto* node = options.find(option.old_key, option.key);
  const auto value =
      node == nullptr ? Result<std::int64_t>(option.standard) : read_ranged(draft, *node, option);
  if (!value) {
    return value.error();
  }
  draft.set(option.key,
            option.unit.empty() ? std::to_string(*value) : format_duration(milliseconds(*value)),
            node == nullptr ? otherwise : node->at);
  return std::nullopt;
}

std::optional<Error> take_ratio(Draft& draft, const Options& options, const Place& otherwise) {
  constexpr double standard = 0.1;
  const auto* node = options.find("", "FailureRatio");
  const auto value = node == nullptr ? Result<double>(standard) : number_of(*node);
  if (!value) {
    return value.error();
  }
  const bool in_range = *value > 0 && *value < 1;
  if (!in_range) {
    tell_replaced(draft, *node, "0.1", "above 0, below 1");
  }
  draft.set("FailureRatio", fmt::format("{}", in_range ? *value : standard),
            node == nullptr ? otherwise : node->at);
  return std::nullopt;
}

// Answers, whether Ocelot itself ends calls in a way that the breaker counts.
Result<bool> take_ocelot_timeout(Draft& draft, const Options& options) {
  const auto* node = options.find(call_timeout.old_key, call_timeout.key);
  const auto given = node == nullptr ? Result<std::int64_t>(0) : integer_of(*node);
  if (!given) {
    return given.error();
  }
  if (*given <= 0) {
    return false;
  }
  const auto value = read_ranged(draft, *node, call_timeout);
  draft.timeout = Timeout{node->at, milliseconds(*value)};
  return true;
}

// The statuses and exceptions of ShouldHandle. HttpRequestException, for a call without an answer,
// is not among them, and Polly takes what is not handled for a success.
ImportedCounts ocelot_counts_of(bool ends_calls) {
  return {.changes = *parse_outcome_changes(
              fmt::format("509-999=success,connect_failed=ignored,reset=ignored,closed=ignored,"
                          "bad_answer=ignored,timeout={}",
                          ends_calls ? "failure" : "ignored")),
          .why = fmt::format("Ocelot counts 500 to 508 and a timeout of its QoSOptions{}; its "
                             "breaker counts a call without an answer (HttpRequestException) as a "
                             "success (PollyQoSResiliencePipelineProvider.cs, 24.1.0)",
                             ends_calls ? "" : ", which is not set here")};
}

// What the releases around 24.1 make of the names that all of them have.
void tell_versions(Draft& draft, const Options& options) {
  const auto* failures = options.find(throughput.old_key, "");
  if (failures == nullptr || options.find("", "FailureRatio") != nullptr) {
    return;
  }
  // What take_ranged() has read stands here again, and reads as well.
  const auto* duration = options.find(break_time.old_key, "");
  const auto break_ms = duration == nullptr ? Result<std::int64_t>(1) : integer_of(*duration);
  const auto allowed = integer_of(*failures);
  draft.warnings.push_back(
      {failures->key_at, failures->key,
       fmt::format("the file does not say which version of Ocelot reads it; these are the settings "
                   "of 24.1; 23.2 to 24.0 open at FailureRatio=0.8 within SamplingDuration=10s; "
                   "for versions before 23.2 use --breaker "
                   "polly7,exceptionsAllowedBeforeBreaking={},durationOfBreak={}ms",
                   *allowed, *break_ms)});
}

constexpr std::array<std::string_view, 9> known_keys{"ExceptionsAllowedBeforeBreaking",
                                                     "MinimumThroughput",
                                                     "DurationOfBreak",
                                                     "BreakDuration",
                                                     "FailureRatio",
                                                     "SamplingDuration",
                                                     "TimeoutValue",
                                                     "Timeout",
                                                     "RouteKeys"};
constexpr std::array ocelot_ignored{
    Ignored{"TimeoutStrategy", "belonged to Polly 7; Ocelot has not read it since 22.0"},
    Ignored{"Key", "is only a name; the breaker does not read it"},
};

// The configuration binder of .NET passes over keys that the options do not have.
std::optional<Error> check_keys(Draft& draft, const Node& block) {
  Fields fields(block, "QoSOptions of Ocelot", Spelling::any_case);
  for (const auto key : known_keys) {
    (void)fields.take(key);
  }
  ignore(draft, fields, ocelot_ignored);
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back({node->key_at, node->key, "is not one of Ocelot's QoSOptions"});
  }
  return fields.error();
}

// MinimumThroughput is what switches the breaker on.
std::optional<Error> check_ocelot_is_on(const Options& options) {
  const auto* node = options.find(throughput.old_key, throughput.key);
  const auto value = node == nullptr ? Result<std::int64_t>(0) : integer_of(*node);
  if (!value) {
    return value.error();
  }
  if (*value > 0) {
    return std::nullopt;
  }
  return (node == nullptr ? options.own->key_at : node->at)
      .error(
          node == nullptr
              ? std::string(
                    "without MinimumThroughput in its QoSOptions, Ocelot has no circuit breaker")
              : fmt::format("with {} {} Ocelot has no circuit breaker", node->key,
                            visible(node->text)),
          "write MinimumThroughput (before 24.1: ExceptionsAllowedBeforeBreaking), for example 3");
}

Result<Draft> read_options(const Options& options) {
  Draft draft{.dialect = "polly"};
  for (const auto* block : {options.own, options.global}) {
    if (auto error = block == nullptr ? std::nullopt : check_keys(draft, *block)) {
      return *error;
    }
  }
  if (auto error = check_ocelot_is_on(options)) {
    return *error;
  }
  const auto& at = options.own->key_at;
  if (auto error = take_ratio(draft, options, at)) {
    return *error;
  }
  for (const auto& option : {throughput, sampling, break_time}) {
    if (auto error = take_ranged(draft, options, option, at)) {
      return *error;
    }
  }
  const auto ends_calls = take_ocelot_timeout(draft, options);
  if (!ends_calls) {
    return ends_calls.error();
  }
  draft.counts = ocelot_counts_of(*ends_calls);
  tell_versions(draft, options);
  return draft;
}

bool has_breaker_key(const Node& block) {
  constexpr std::array<std::string_view, 6> keys{"ExceptionsAllowedBeforeBreaking",
                                                 "MinimumThroughput",
                                                 "DurationOfBreak",
                                                 "BreakDuration",
                                                 "FailureRatio",
                                                 "SamplingDuration"};
  return std::ranges::any_of(
      keys, [&](std::string_view key) { return find_any_case(block, key) != nullptr; });
}

std::string ocelot_text_of(const Node& map, std::string_view key) {
  const auto* node = find_any_case(map, key);
  return node != nullptr && node->is_scalar() ? node->text : "";
}

// A route by its path, and also by its method and path, its key and its service.
Found found_route(const Node& route, const Visit& visit, const Options& options) {
  const auto path = ocelot_text_of(route, "UpstreamPathTemplate");
  const auto service = ocelot_text_of(route, "ServiceName");
  Found found{!path.empty()      ? path
              : !service.empty() ? service
                                 : path_of(visit, ':'),
              options.own->key_at, [options] { return read_options(options); }};
  if (const auto* methods = find_any_case(route, "UpstreamHttpMethod")) {
    for (const auto& method : methods->children) {
      found.also.push_back(method.text + " " + path);
    }
  }
  for (const auto& name : {ocelot_text_of(route, "Key"), service}) {
    if (!name.empty() && name != found.name) {
      found.also.push_back(name);
    }
  }
  return found;
}

// The global options hold for all routes, or for those whose keys RouteKeys has.
const Node* global_for(const Node* global, const Node& route) {
  const auto* keys = global == nullptr ? nullptr : find_any_case(*global, "RouteKeys");
  const bool listed = keys == nullptr || keys->children.empty() ||
                      std::ranges::find(keys->children, ocelot_text_of(route, "Key"),
                                        &Node::text) != keys->children.end();
  return listed ? global : nullptr;
}

}  // namespace

Result<std::vector<Found>> find_ocelot(const document::Documents& documents) {
  std::vector<Found> found;
  const Node* global = nullptr;
  for (const auto& document : documents) {
    const auto* configuration = find_any_case(document, "GlobalConfiguration");
    const auto* options =
        configuration == nullptr ? nullptr : find_any_case(*configuration, "QoSOptions");
    global = options != nullptr && options->is_map() ? options : global;
  }
  for (const auto& visit : all_maps(documents)) {
    const auto* own = find_any_case(*visit.map, "QoSOptions");
    if (own == nullptr || !own->is_map()) {
      continue;
    }
    const bool is_global = own == global;
    const Options options{own, is_global ? nullptr : global_for(global, *visit.map)};
    if (has_breaker_key(*own) || (options.global != nullptr && has_breaker_key(*options.global))) {
      found.push_back(found_route(*visit.map, visit, options));
    }
  }
  return found;
}

}  // namespace tripcurve::importer
