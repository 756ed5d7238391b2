// Dapr: kind Resiliency, spec.policies.circuitBreakers. It is gobreaker; `trip` is CEL over its
// counts.
//
// What it counts, read in pkg/api/http/directmessaging.go and pkg/resiliency/policy.go at d8450742
// (1.16 and later): an answer below 200 or above 399 is an error to the breaker. The `matching`
// that 1.15 brought to retries decides what is retried, outside the breaker, which is told every
// attempt.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/dapr_trip.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array dapr_taken{
    Taken{"maxRequests", "MaxRequests", as_number},
    Taken{"interval", "Interval", as_go_duration},
    Taken{"timeout", "Timeout", as_go_duration},
};

ImportedCounts error_counts() {
  return {.changes = *parse_outcome_changes("1xx=failure,4xx=failure"),
          .why =
              "Dapr counts every answer below 200 or above 399 of a service that is invoked "
              "over HTTP"};
}

// One of spec.targets, and the policies that it names.
struct Target {
  std::string name;  // "checkout", "state/outbound"
  Place at{};
  std::string breaker, timeout, retry;
};

Target target_of(const Node& map, std::string name) {
  const auto word = [&](std::string_view key) { return std::string(word_of(map, key)); };
  return {std::move(name), map.key_at, word("circuitBreaker"), word("timeout"), word("retry")};
}

// apps and actors name their policies; components name those of each direction.
std::vector<Target> targets_of(const Node& resiliency) {
  std::vector<Target> targets;
  for (const auto* kind : {"apps", "actors", "components"}) {
    const auto* all = find_path(resiliency, {"spec", "targets", kind});
    for (const auto& target : all == nullptr ? std::span<const Node>{} : std::span(all->children)) {
      targets.push_back(target_of(target, target.key));
      for (const auto* direction : {"outbound", "inbound"}) {
        if (const auto* map = target.find(direction)) {
          targets.push_back(target_of(*map, fmt::format("{}/{}", target.key, direction)));
        }
      }
    }
  }
  return targets;
}

// The default policies go together by their names: DefaultAppCircuitBreakerPolicy and
// DefaultAppTimeoutPolicy are for targets that name none.
Target default_target(const std::string& breaker) {
  constexpr std::string_view ending = "CircuitBreakerPolicy";
  if (!breaker.starts_with("Default") || !breaker.ends_with(ending)) {
    return {.name = "", .breaker = breaker, .timeout = "", .retry = ""};
  }
  const auto begin = breaker.substr(0, breaker.size() - ending.size());
  return {.name = "",
          .breaker = breaker,
          .timeout = begin + "TimeoutPolicy",
          .retry = begin + "RetryPolicy"};
}

// Defaults: pkg/retry of dapr/kit. maxRetries of -1, the default, is without end.
std::optional<Error> take_retry(Draft& draft, const Node& policy) {
  Fields fields(policy, "a Dapr retry");
  const auto kind = read_value(fields, "policy", as_text).value_or("constant");
  const bool exponential = same_word(kind, "exponential");
  const auto duration = read_value(fields, "duration", go_duration_of);
  const auto longest = read_value(fields, "maxInterval", go_duration_of);
  std::optional<std::uint64_t> more;
  if (const auto* node = fields.take("maxRetries"); node != nullptr && node->text != "-1") {
    more = read_value(fields, "maxRetries", whole_of);
  }
  (void)fields.take("matching");
  if (auto error = fields.error()) {
    return error;
  }
  draft.retry = Retry{.at = policy.key_at,
                      .attempts = more ? *more + 1 : Retry::endless,
                      .wait = duration.value_or(std::chrono::seconds(5))};
  if (exponential) {
    draft.retry->wait = std::chrono::milliseconds(500);
    draft.retry->multiplier = 1.5;
    draft.retry->longest = longest.value_or(std::chrono::seconds(60));
    draft.retry->jitter = 0.5;
  }
  return std::nullopt;
}

// The timeout and the retries of a target. The breaker is told each attempt, which the timeout
// ends.
std::optional<Error> take_target(Draft& draft, const Node& resiliency, const Target& target) {
  if (const auto* timeout =
          find_path(resiliency, {"spec", "policies", "timeouts", target.timeout})) {
    const auto length = go_duration_of(*timeout);
    if (!length) {
      return length.error();
    }
    draft.timeout = Timeout{timeout->at, *length};
  }
  const auto* retry = find_path(resiliency, {"spec", "policies", "retries", target.retry});
  return retry == nullptr ? std::nullopt : take_retry(draft, *retry);
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
             "a part mixes a double and a whole number: CEL ends in an error there, and Dapr does "
             "not trip; write double(totalFailures) / double(requests)"});
      }
    }
  }
  fields.refuse(take_target(draft, resiliency, target));
  const auto* retries = find_path(resiliency, {"spec", "policies", "retries"});
  for (const auto& retry :
       retries == nullptr ? std::span<const Node>{} : std::span(retries->children)) {
    if (const auto* matching = retry.find("matching")) {
      draft.ignored.push_back({matching->key_at, retry.key + ".matching",
                               "says what is retried; the breaker is told every attempt"});
    }
  }
  if (auto error = fields.error()) {
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
    uses.push_back({default_target(breaker.key)});
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
