// Microsoft.Extensions.Http.Resilience: a section bound to HttpStandardResilienceOptions, wherever
// it stands in appsettings.json. Keys bind in any case; previews wrote them with Options behind; a
// colon in a key is a step down. HttpStandardHedgingResilienceOptions has the breaker in Endpoint.
//
// Defaults and ranges: HttpStandardResilienceOptions and the strategy options of Polly 8; the
// checks across strategies: HttpStandardResilienceOptionsCustomValidator, which stops the host at
// its start.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array dotnet_taken{
    Taken{"FailureRatio", "FailureRatio", as_number},
    Taken{"MinimumThroughput", "MinimumThroughput", as_number},
};
constexpr std::array<std::string_view, 4> breaker_keys{"FailureRatio", "MinimumThroughput",
                                                       "SamplingDuration", "BreakDuration"};
constexpr std::array name_ignored{Ignored{"Name", "only names the strategy in telemetry"}};

constexpr std::array<std::string_view, 5> strategies{"RateLimiter", "TotalRequestTimeout", "Retry",
                                                     "CircuitBreaker", "AttemptTimeout"};

const Node* child_in_any_case(const Node& map, std::string_view key) {
  const Node* found = nullptr;
  for (const auto& child : map.children) {
    if (map.is_map() &&
        (same_word(child.key, key) || same_word(child.key, std::string(key) + "Options"))) {
      found = &child;
    }
  }
  return found;
}

// A strategy of the section, by either of its names.
const Node* strategy(Fields& fields, std::string_view name) {
  const auto* node = fields.take(name);
  const auto* preview = fields.take(std::string(name) + "Options");
  return node != nullptr ? node : preview;
}

std::optional<Duration> read_timespan(Fields& fields, std::string_view key, Duration least,
                                      Duration most) {
  const auto* node = fields.take(key);
  if (node == nullptr || node->kind == Node::Kind::null) {
    return std::nullopt;
  }
  const auto value = timespan_of(*node);
  if (!value) {
    fields.refuse(value.error());
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    fields.refuse(node->at.error(
        fmt::format("{}: {} is {}", key, quoted(node->text), format_duration(*value)),
        fmt::format("it must be from {} to {}; a TimeSpan is hh:mm:ss", format_duration(least),
                    format_duration(most))));
  }
  return *value;
}

// One of the breaker's own two durations.
std::optional<Duration> take_break_time(Draft& draft, Fields& fields, std::string_view key) {
  const auto length = read_timespan(fields, key, milliseconds(500), std::chrono::days(1));
  if (length) {
    draft.set(key, format_duration(*length), fields.take(key)->at);
  }
  return length;
}

struct LimitedTime {
  Duration length;
  Place at;
};

LimitedTime read_timeout(Fields& section, std::string_view name, Duration standard) {
  const auto* node = strategy(section, name);
  if (node == nullptr) {
    return {standard, {}};
  }
  Draft unused;
  Fields fields(*node, std::string(name), Spelling::any_case);
  const auto length = read_timespan(fields, "Timeout", milliseconds(10), std::chrono::days(1));
  ignore(unused, fields, name_ignored);
  section.refuse(fields.error());
  return {length.value_or(standard), node->key_at};
}

void read_retry(Draft& draft, Fields& section) {
  Retry retry{.attempts = 4, .wait = seconds(2), .multiplier = 2, .jitter = 0.5};
  if (const auto* node = strategy(section, "Retry")) {
    retry.at = node->key_at;
    Fields fields(*node, "Retry", Spelling::any_case);
    if (const auto more = read_value(fields, "MaxRetryAttempts", whole_of)) {
      retry.attempts = 1 + *more;
      if (*more == 0) {
        fields.refuse(fields.take("MaxRetryAttempts")
                          ->at.error("MaxRetryAttempts must be at least 1",
                                     "DisableForUnsafeHttpMethods or a custom "
                                     "pipeline are .NET's ways to go without retries"));
      }
    }
    retry.wait =
        read_timespan(fields, "Delay", Duration{}, std::chrono::days(1)).value_or(retry.wait);
    retry.longest = read_timespan(fields, "MaxDelay", Duration{}, std::chrono::days(1));
    if (const auto* type = fields.take("BackoffType")) {
      const auto word = as_text(*type);
      const auto is = [&](std::string_view name, std::string_view number) {
        return word && (same_word(*word, name) || *word == number);
      };
      if (is("Constant", "0") || is("Linear", "1")) {
        retry.multiplier = 1;
      } else if (!is("Exponential", "2")) {
        fields.refuse(word ? type->at.error(quoted(*word) + " is not a BackoffType",
                                            "known: Constant, Linear, Exponential")
                           : word.error());
      }
    }
    retry.jitter = read_value(fields, "UseJitter", flag_of).value_or(true) ? 0.5 : 0;
    (void)fields.take("ShouldRetryAfterHeader");
    ignore(draft, fields, name_ignored);
    section.refuse(fields.error());
  }
  draft.retry = retry;
}

void read_rate_limiter(Draft& draft, Fields& section) {
  Bulkhead bulkhead{.concurrent = 1000, .queue = 0};
  if (const auto* node = strategy(section, "RateLimiter")) {
    bulkhead.at = node->key_at;
    Fields fields(*node, "RateLimiter", Spelling::any_case);
    if (const auto* limits = fields.take("DefaultRateLimiterOptions")) {
      Fields own(*limits, "DefaultRateLimiterOptions", Spelling::any_case);
      bulkhead.concurrent = read_value(own, "PermitLimit", whole_of).value_or(1000);
      bulkhead.queue = read_value(own, "QueueLimit", whole_of).value_or(0);
      (void)own.take("QueueProcessingOrder");
      fields.refuse(own.error());
    }
    ignore(draft, fields, name_ignored);
    section.refuse(fields.error());
  }
  draft.bulkhead = bulkhead;
}

// HttpClientResiliencePredicates.cs of dotnet/extensions, which the section cannot change.
ImportedCounts transient_counts() {
  return {.changes = *parse_outcome_changes("408=failure,429=failure"),
          .why =
              "the standard handler counts HttpRequestException, TimeoutRejectedException, 5xx, "
              "408 and 429, unless code sets ShouldHandle"};
}

// The breaker's own settings; answers how long it samples.
Duration read_breaker(Draft& draft, Fields& section) {
  Duration sampling = seconds(30);
  if (const auto* breaker = strategy(section, "CircuitBreaker")) {
    Fields fields(*breaker, "CircuitBreaker", Spelling::any_case);
    take(draft, fields, dotnet_taken);
    sampling = take_break_time(draft, fields, "SamplingDuration").value_or(sampling);
    (void)take_break_time(draft, fields, "BreakDuration");
    ignore(draft, fields, name_ignored);
    section.refuse(fields.error());
  }
  return sampling;
}

// What stands beside the options: the section is that of more than the handler.
void tell_neighbours(Draft& draft, Fields& section) {
  for (const auto* node : section.take_strangers()) {
    draft.ignored.push_back(
        {node->key_at, node->key, "is none of the handler's options, which are read past it"});
  }
}

// What is wrong with timeouts and a window that the host checks at its start.
std::optional<Error> take_times(Draft& draft, const Node& map, const LimitedTime& total,
                                const LimitedTime& attempt, Duration sampling,
                                const std::string& name) {
  const auto at = attempt.at.file != nullptr ? attempt.at : map.key_at;
  if (attempt.length > total.length) {
    return at.error(fmt::format("{} of {} is longer than TotalRequestTimeout of {}", name,
                                format_duration(attempt.length), format_duration(total.length)),
                    "the host does not start with this: make TotalRequestTimeout the longer one");
  }
  if (sampling < 2 * attempt.length) {
    const auto found = std::ranges::find(draft.settings, "SamplingDuration", &DraftSetting::key);
    return (found == draft.settings.end() ? map.key_at : found->at)
        .error(fmt::format("SamplingDuration of {} is shorter than two {}s of {}",
                           format_duration(sampling), name, format_duration(attempt.length)),
               fmt::format("the host does not start with this: write {} or more for it",
                           format_duration(2 * attempt.length)));
  }
  draft.timeout = Timeout{at, attempt.length};
  return std::nullopt;
}

Result<Draft> read_section(const Node& map) {
  Draft draft{.dialect = "polly", .counts = transient_counts()};
  Fields section(map, "HttpStandardResilienceOptions", Spelling::any_case);
  const auto sampling = read_breaker(draft, section);
  const auto total = read_timeout(section, "TotalRequestTimeout", seconds(30));
  const auto attempt = read_timeout(section, "AttemptTimeout", seconds(10));
  read_retry(draft, section);
  read_rate_limiter(draft, section);
  tell_neighbours(draft, section);
  if (auto error = section.error()) {
    return *error;
  }
  if (auto error = take_times(draft, map, total, attempt, sampling, "AttemptTimeout")) {
    return *error;
  }
  return draft;
}

// Hedged attempts, of which each goes through the breaker of its endpoint.
void read_hedging(Draft& draft, Fields& section, const Place& at) {
  std::uint64_t more = 1;
  Duration delay = seconds(2);
  auto place = at;
  if (const auto* node = strategy(section, "Hedging")) {
    place = node->key_at;
    Fields fields(*node, "Hedging", Spelling::any_case);
    more = read_value(fields, "MaxHedgedAttempts", whole_of).value_or(more);
    delay = read_timespan(fields, "Delay", Duration{}, std::chrono::days(1)).value_or(delay);
    ignore(draft, fields, name_ignored);
    section.refuse(fields.error());
  }
  draft.warnings.push_back(
      {place, "Hedging",
       fmt::format("one request makes up to {} calls, the next after {} without an answer or at a "
                   "failure, each of them through the breaker of its endpoint; tripcurve makes one",
                   more + 1, format_duration(delay))});
}

// HttpStandardHedgingResilienceOptions: the breaker is that of an endpoint.
Result<Draft> read_hedging_section(const Node& map) {
  Draft draft{.dialect = "polly", .counts = transient_counts()};
  Fields section(map, "HttpStandardHedgingResilienceOptions", Spelling::any_case);
  const auto total = read_timeout(section, "TotalRequestTimeout", seconds(30));
  read_hedging(draft, section, map.key_at);
  Fields endpoint(*strategy(section, "Endpoint"), "Endpoint", Spelling::any_case);
  const auto sampling = read_breaker(draft, endpoint);
  const auto attempt = read_timeout(endpoint, "Timeout", seconds(10));
  read_rate_limiter(draft, endpoint);
  section.refuse(endpoint.error());
  tell_neighbours(draft, section);
  if (auto error = section.error()) {
    return *error;
  }
  if (auto error = take_times(draft, map, total, attempt, sampling, "Timeout")) {
    return *error;
  }
  return draft;
}

// A section of these options has at least two of the strategies, or a breaker with keys of its own.
bool has_breaker_keys(const Node& map) {
  const auto* breaker = child_in_any_case(map, "CircuitBreaker");
  return breaker != nullptr && std::ranges::any_of(breaker_keys, [&](std::string_view key) {
           return child_in_any_case(*breaker, key) != nullptr;
         });
}

bool is_section(const Node& map) {
  std::size_t known = 0;
  for (const auto name : strategies) {
    const auto* node = child_in_any_case(map, name);
    known += node != nullptr && node->is_map() ? 1U : 0U;
  }
  return has_breaker_keys(map) ||
         (known >= 2 && (child_in_any_case(map, "AttemptTimeout") != nullptr ||
                         child_in_any_case(map, "TotalRequestTimeout") != nullptr));
}

// One for hedging has an Endpoint with a breaker in it, or both words of hedging.
bool is_hedging_section(const Node& map) {
  const auto* endpoint = child_in_any_case(map, "Endpoint");
  return endpoint != nullptr && endpoint->is_map() &&
         (has_breaker_keys(*endpoint) ||
          (child_in_any_case(map, "Hedging") != nullptr &&
           child_in_any_case(*endpoint, "CircuitBreaker") != nullptr));
}

// Puts a value where its name says: "CircuitBreaker:FailureRatio" is FailureRatio of
// CircuitBreaker, and joins what is there in any case.
void put(Node& map, std::string_view path, Node value) {
  const auto name = take_until(path, ":");
  const auto known = std::ranges::find_if(
      map.children, [&](const Node& child) { return same_word(child.key, name); });
  const bool joins = known != map.children.end() && known->is_map();
  if (!path.empty()) {
    auto& below = joins ? *known
                        : map.children.emplace_back(Node{.kind = Node::Kind::map,
                                                         .at = value.key_at,
                                                         .key = std::string(name),
                                                         .key_at = value.key_at});
    put(below, path, std::move(value));
  } else if (joins && value.is_map()) {
    for (auto& child : value.children) {
      const auto key = child.key;
      put(*known, key, std::move(child));
    }
  } else {
    value.key = std::string(name);
    map.children.push_back(std::move(value));
  }
}

Node expanded(const Node& node) {
  if (!node.is_map() && !node.is_list()) {
    return node;
  }
  Node result{.kind = node.kind, .at = node.at, .key = node.key, .key_at = node.key_at};
  constexpr std::ptrdiff_t most_steps = 16;
  const auto is_path = [](const Node& child) {
    const auto steps = std::ranges::count(child.key, ':');
    return steps > 0 && steps <= most_steps;
  };
  const bool has_paths = node.is_map() && std::ranges::any_of(node.children, is_path);
  for (const auto& child : node.children) {
    auto value = expanded(child);
    if (has_paths && std::ranges::count(child.key, ':') <= most_steps) {
      put(result, child.key, std::move(value));
    } else {
      result.children.push_back(std::move(value));
    }
  }
  return result;
}

}  // namespace

Result<std::vector<Found>> find_dotnet(const document::Documents& documents) {
  std::vector<Found> found;
  const auto read = std::make_shared<document::Documents>();
  for (const auto& document : documents) {
    read->push_back(expanded(document));
  }
  for (const auto& visit : all_maps(*read)) {
    const auto& map = *visit.map;
    const bool hedges = is_hedging_section(map);
    const bool of_hedging = visit.around != nullptr && is_hedging_section(*visit.around->map) &&
                            child_in_any_case(*visit.around->map, "Endpoint") == &map;
    if (hedges || (is_section(map) && !of_hedging)) {
      found.push_back({path_of(visit, ':'), map.key_at, [read, &map, hedges] {
                         return hedges ? read_hedging_section(map) : read_section(map);
                       }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
