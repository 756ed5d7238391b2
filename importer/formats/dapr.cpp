// Dapr: kind Resiliency, spec.policies.circuitBreakers. It is gobreaker; `trip` is CEL over its
// counts.
//
// What it counts, read in pkg/api/http/directmessaging.go and pkg/resiliency/policy.go at d8450742
// (1.16 and later): an answer below 200 or above 399 is an error to the breaker. The `matching`
// that 1.15 brought to retries decides what is retried, outside the breaker, which is told every
// attempt. The breaker is around the timeout of an attempt, and the retries are around the breaker;
// an open one ends them. `matching` says which statuses are tried again; an error that is none
// always is (pkg/resiliency/retry_condition_match.go).
//
// Policies, read in pkg/resiliency/resiliency.go at d8450742: each endpoint of an app and each
// component has a breaker of its own; the built-in retries, which keep at least 3 when a file has
// them; default policies from the most to the least special; an actor's breaker needs a scope.
// Retries, read in retry/retry.go of dapr/kit at 6e5616aa: 5 s apart and without end, or, with
// policy: exponential, as backoff.NewExponentialBackOff has it, which gives up before a wait that
// would last beyond 15 minutes (exponential.go of cenkalti/backoff v4).
// A bare number is milliseconds (config/decode.go).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/formats/dapr_trip.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// A number without a unit, which Dapr takes for milliseconds, or Go's 1m30s.
Result<Duration> dapr_duration_of(const Node& node) {
  const auto text = as_text(node);
  if (!text || !all_digits(trim(*text))) {
    return go_duration_of(node);
  }
  const auto length = parse_duration(fmt::format("{}ms", trim(*text)));
  return length ? length : Result<Duration>(length.error().in(node.at.text()));
}
Result<std::string> as_dapr_duration(const Node& node) {
  const auto length = dapr_duration_of(node);
  return length ? Result<std::string>(format_duration(*length)) : length.error();
}

constexpr std::array dapr_taken{
    Taken{"maxRequests", "MaxRequests", as_number},
    Taken{"interval", "Interval", as_dapr_duration},
    Taken{"timeout", "Timeout", as_dapr_duration},
};

ImportedCounts error_counts() {
  return {.changes = *parse_outcome_changes("1xx=failure,4xx=failure"),
          .why =
              "if a service is called over HTTP, Dapr counts every answer below 200 or above 399 "
              "as a failure"};
}

// One of spec.targets, and the policies that it names.
struct Target {
  std::string name;  // "checkout", "state/outbound"
  Place at{};
  std::string breaker, timeout, retry;
  std::string kind{};         // apps, actors or components; "" for default policies
  const Node* map = nullptr;  // of the target
};

Target target_of(const Node& map, std::string name, std::string kind) {
  const auto word = [&](std::string_view key) { return std::string(word_of(map, key)); };
  return {std::move(name), map.key_at, word("circuitBreaker"), word("timeout"), word("retry"),
          std::move(kind), &map};
}

// apps and actors name their policies; components name those of each direction.
std::vector<Target> targets_of(const Node& resiliency) {
  std::vector<Target> targets;
  for (const auto* kind : {"apps", "actors", "components"}) {
    const auto* all = find_path(resiliency, {"spec", "targets", kind});
    for (const auto& target : all == nullptr ? std::span<const Node>{} : std::span(all->children)) {
      targets.push_back(target_of(target, target.key, kind));
      for (const auto* direction : {"outbound", "inbound"}) {
        if (const auto* map = target.find(direction)) {
          targets.push_back(target_of(*map, fmt::format("{}/{}", target.key, direction), kind));
        }
      }
    }
  }
  return targets;
}

// The levels of a default policy's name, the most special first: DefaultStatestoreComponentOutbound
// RetryPolicy, DefaultComponentOutboundRetryPolicy, DefaultComponentRetryPolicy,
// DefaultRetryPolicy.
std::vector<std::string> levels_of(const std::string& level) {
  std::vector<std::string> levels{level};
  const auto component = level.find("Component");
  if (component != std::string::npos) {
    levels.push_back(level.substr(component));
    levels.emplace_back("Component");
  }
  levels.emplace_back("");
  return levels;
}

// The default policies go together by their names: DefaultAppCircuitBreakerPolicy and
// DefaultAppTimeoutPolicy, or DefaultTimeoutPolicy, are for targets that name none.
Target default_target(const std::string& breaker, const Node& resiliency) {
  constexpr std::string_view begin = "Default";
  constexpr std::string_view ending = "CircuitBreakerPolicy";
  Target target{.name = "", .breaker = breaker, .timeout = "", .retry = ""};
  if (!breaker.starts_with(begin) || !breaker.ends_with(ending) ||
      breaker.size() < begin.size() + ending.size()) {
    return target;
  }
  const auto level = breaker.substr(begin.size(), breaker.size() - begin.size() - ending.size());
  const auto first = [&](std::string_view policies, std::string_view what) {
    for (const auto& one : levels_of(level)) {
      auto name = fmt::format("{}{}{}", begin, one, what);
      if (find_path(resiliency, {"spec", "policies", policies, name}) != nullptr) {
        return name;
      }
    }
    return std::string();
  };
  target.timeout = first("timeouts", "TimeoutPolicy");
  target.retry = first("retries", "RetryPolicy");
  return target;
}

// Retries that Dapr has by itself, 1 s apart.
struct BuiltIn {
  std::string_view name;
  std::uint64_t retries;
  bool may_be_set;
};
constexpr std::array built_in_retries{
    BuiltIn{"DaprBuiltInServiceRetries", 3, true},
    BuiltIn{"DaprBuiltInActorRetries", 3, true},
    BuiltIn{"DaprBuiltInActorNotFoundRetries", 5, false},
};

const BuiltIn* built_in(std::string_view name) {
  const auto found = std::ranges::find(built_in_retries, name, &BuiltIn::name);
  return found == built_in_retries.end() ? nullptr : &*found;
}

// What Dapr takes for an error, it tries again, but for an open breaker.
OutcomeRules error_rules() { return OutcomeRules().with(error_counts().changes); }

client::RetryConfig dapr_retry(const Retry& retry, const OutcomeRules& rules) {
  constexpr std::uint64_t most = 2147483647;  // as good as without end
  client::RetryConfig config{
      .most = static_cast<std::uint32_t>(
          retry.attempts == Retry::endless ? most : std::min(retry.attempts - 1, most)),
      .backoff = {.growth = client::Backoff::Growth::constant, .delay = retry.wait},
      .heed_retry_after = false,
      .rules = client::EndingRules(rules)};
  if (retry.longest) {
    config.backoff = {.growth = client::Backoff::Growth::exponential,
                      .delay = retry.wait,
                      .most = retry.longest,
                      .jitter = client::Backoff::Jitter::spread,
                      .multiplier = retry.multiplier,
                      .spread = retry.jitter};
    config.max_duration = std::chrono::minutes(15);
    config.late_wait = client::RetryConfig::LateWait::stop;
  }
  return config;
}

// Of the errors with a status, only these; errors without one are tried again in any case.
OutcomeRules read_matching(Draft& draft, Fields& policy, const Node& retry) {
  const auto* matching = policy.take("matching");
  if (matching == nullptr) {
    return error_rules();
  }
  Fields fields(*matching, "matching of a Dapr retry");
  const auto codes = read_value(fields, "httpStatusCodes", as_text);
  if (const auto* grpc = fields.take("gRPCStatusCodes")) {
    draft.ignored.push_back({grpc->key_at, retry.key + ".matching.gRPCStatusCodes",
                             "is about the status of gRPC, which tripcurve does not speak"});
  }
  policy.refuse(fields.error());
  if (!codes) {
    return error_rules();
  }
  auto rules = error_rules().with(*parse_outcome_changes("100-999=success"));
  for (std::string_view rest = *codes; !rest.empty();) {
    const auto ends = parse_ends(trim(take_until(rest, ",")));
    if (!ends) {
      policy.refuse(ends.error().in(matching->find("httpStatusCodes")->at.text()));
      break;
    }
    rules = rules.with({{*ends, Outcome::failure}});
  }
  return rules;
}

// maxRetries of -1, the default, is without end.
std::optional<Error> take_retry(Draft& draft, const Node& policy) {
  Fields fields(policy, "a Dapr retry");
  const auto kind = read_value(fields, "policy", as_text).value_or("constant");
  const bool exponential = same_word(kind, "exponential");
  const auto duration = read_value(fields, "duration", dapr_duration_of);
  const auto longest = read_value(fields, "maxInterval", dapr_duration_of);
  std::optional<std::uint64_t> more;
  if (const auto* node = fields.take("maxRetries"); node != nullptr && node->text != "-1") {
    more = read_value(fields, "maxRetries", whole_of);
  }
  const auto rules = read_matching(draft, fields, policy);
  if (auto error = fields.error()) {
    return error;
  }
  constexpr std::uint64_t fewest = 3;
  if (built_in(policy.key) != nullptr && more.value_or(0) < fewest) {
    draft.warnings.push_back(
        {policy.key_at, policy.key, "is one of Dapr's own retries, of which it makes at least 3"});
    more = fewest;
  }
  draft.retry = Retry{.at = policy.key_at,
                      .attempts = more ? *more + 1 : Retry::endless,
                      .wait = duration.value_or(std::chrono::seconds(5))};
  if (exponential) {
    draft.retry->wait = std::chrono::milliseconds(500);
    draft.retry->multiplier = 1.5;
    draft.retry->longest = longest.value_or(std::chrono::seconds(60));
    draft.retry->jitter = 0.5;
    draft.warnings.push_back(
        {policy.key_at, policy.key,
         "retries with growing delays end before 15 minutes have passed since the first attempt"});
  }
  draft.client.emplace_back(dapr_retry(*draft.retry, rules));
  return std::nullopt;
}

std::optional<Error> take_target_retry(Draft& draft, const Node& resiliency, const Target& target) {
  const auto* retry = find_path(resiliency, {"spec", "policies", "retries", target.retry});
  const auto* own = built_in(target.retry);
  if (own != nullptr && (retry == nullptr || !own->may_be_set)) {
    draft.retry =
        Retry{.at = target.at, .attempts = own->retries + 1, .wait = std::chrono::seconds(1)};
    draft.client.emplace_back(dapr_retry(*draft.retry, error_rules()));
    return std::nullopt;
  }
  return retry == nullptr ? std::nullopt : take_retry(draft, *retry);
}

// Keys of a target that say how many breakers there are.
void tell_of_breakers(Draft& draft, const Target& target) {
  for (const auto* key : {"circuitBreakerCacheSize", "circuitBreakerScope"}) {
    const auto* node = target.map == nullptr ? nullptr : target.map->find(key);
    if (node != nullptr) {
      draft.ignored.push_back({node->key_at, key, "says how many breakers Dapr keeps"});
    }
  }
  if (target.kind == "apps") {
    draft.warnings.push_back({target.at, target.name,
                              "each method of the app has a breaker of its own; tripcurve plays "
                              "one"});
  }
}

// The timeout and the retries of a target. The breaker is told each attempt, which the timeout
// ends.
std::optional<Error> take_target(Draft& draft, const Node& resiliency, const Target& target) {
  if (target.kind == "actors" && word_of(*target.map, "circuitBreakerScope").empty()) {
    return target.at.error(
        "an actor's circuitBreaker needs a circuitBreakerScope; without it Dapr does not load the "
        "file",
        "write circuitBreakerScope: type, id or both");
  }
  tell_of_breakers(draft, target);
  if (const auto* timeout =
          find_path(resiliency, {"spec", "policies", "timeouts", target.timeout})) {
    const auto length = dapr_duration_of(*timeout);
    if (!length) {
      return length.error();
    }
    if (*length > Duration::zero()) {  // 0 is none
      draft.timeout = Timeout{timeout->at, *length};
    }
  }
  return take_target_retry(draft, resiliency, target);
}

// Where there are retries, they stand around the breaker, and the timeout of each attempt inside.
std::optional<Error> add_breaker(Draft& draft, const Place& at) {
  if (draft.client.empty()) {
    return std::nullopt;
  }
  const auto breaker = breaker_policy_of(draft, at);
  if (!breaker) {
    return breaker.error();
  }
  draft.client.emplace_back(*breaker);
  if (draft.timeout) {
    draft.client.emplace_back(client::TimeoutConfig{draft.timeout->length});
  }
  return std::nullopt;
}

Result<Draft> read_breaker(const Node& map, const Node& resiliency, const Target& target) {
  Draft draft{.dialect = "gobreaker", .counts = error_counts()};
  Fields fields(map, "a Dapr circuit breaker");
  take(draft, fields, dapr_taken);
  if (const auto* node = fields.take("trip"); node != nullptr && node->kind != Node::Kind::null) {
    const auto trip = read_trip(*node);
    fields.refuse(trip ? std::nullopt : std::optional(trip.error()));
    if (trip) {
      draft.set("ReadyToTrip", trip->text, node->at);
      if (trip->fails) {
        draft.warnings.push_back(
            {node->at, "trip",
             "a part of the condition mixes a double and a whole number; CEL fails with an error "
             "there, and Dapr does not trip; write double(totalFailures) / double(requests)"});
      }
    }
  }
  fields.refuse(take_target(draft, resiliency, target));
  if (auto error = fields.error()) {
    return *error;
  }
  if (auto error = add_breaker(draft, map.key_at)) {
    return *error;
  }
  return draft;
}

// One breaker for each way in which targets use it; a name and the targets' names for each.
void find_uses(const Node& breaker, const Node& resiliency, const std::vector<Target>& targets,
               std::vector<Found>& found) {
  std::vector<std::vector<Target>> uses;
  for (const auto& target : targets) {
    if (target.breaker != breaker.key) {
      continue;
    }
    const auto same = std::ranges::find_if(uses, [&](const auto& use) {
      return use.front().timeout == target.timeout && use.front().retry == target.retry;
    });
    (same == uses.end() ? uses.emplace_back() : *same).push_back(target);
  }
  if (uses.empty()) {
    uses.push_back({default_target(breaker.key, resiliency)});
  }
  for (const auto& use : uses) {
    const auto& first = use.front();
    const bool alone = uses.size() == 1;
    std::vector<std::string> also;
    for (const auto& target : use) {
      also.push_back(target.name);
      also.push_back(breaker.key + "/" + target.name);
    }
    also.push_back(breaker.key);
    std::erase(also, "");
    found.push_back(
        {alone ? breaker.key : breaker.key + "/" + first.name, alone ? breaker.key_at : first.at,
         [&breaker, &resiliency, first] { return read_breaker(breaker, resiliency, first); },
         std::move(also)});
  }
}

}  // namespace

Result<std::vector<Found>> find_dapr(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& document : documents) {
    const auto* breakers = find_path(document, {"spec", "policies", "circuitBreakers"});
    if (word_of(document, "kind") != "Resiliency" || breakers == nullptr) {
      continue;
    }
    const auto targets = targets_of(document);
    for (const auto& breaker : breakers->children) {
      find_uses(breaker, document, targets, found);
    }
  }
  return found;
}

}  // namespace tripcurve::importer
