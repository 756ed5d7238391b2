#include "importer/formats/envoy_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::uint64_t envoy_endless = 2147483647;  // this many and more are no limit
constexpr int intervals_at_most = 10;                // base intervals that a wait grows to

constexpr std::string_view every_reset =
    "timeout=failure,reset=failure,closed=failure,connect_failed=failure,bad_answer=failure";

// A word of retry_on: what it tries again, or why it cannot be played.
struct Condition {
  std::string_view word;
  std::string_view statuses;  // as outcomes
  bool resets = false;        // and everything that is no answer
  std::string_view why{};
};
constexpr std::string_view of_grpc = "is about the status of gRPC, which tripcurve does not speak";
constexpr std::string_view of_headers =
    "is about headers of answers, which tripcurve does not have";
constexpr std::array conditions{
    Condition{"5xx", "5xx=failure", true},
    Condition{"gateway-error", "502-504=failure", true},
    Condition{"reset", "", true},
    Condition{"reset-before-request", "connect_failed=failure"},
    Condition{"connect-failure", "connect_failed=failure"},
    Condition{"retriable-4xx", "409=failure"},
    Condition{"retriable-status-codes", ""},
    Condition{"refused-stream", "", false, "is about streams of HTTP/2 that the upstream refuses"},
    Condition{"retriable-headers", "", false, of_headers},
    Condition{"envoy-ratelimited", "", false, of_headers},
    Condition{"http3-post-connect-failure", "", false, "is about HTTP/3"},
    Condition{"cancelled", "", false, of_grpc},
    Condition{"deadline-exceeded", "", false, of_grpc},
    Condition{"internal", "", false, of_grpc},
    Condition{"resource-exhausted", "", false, of_grpc},
    Condition{"unavailable", "", false, of_grpc},
};

void fail(OutcomeRules& rules, std::string_view changes) {
  if (!changes.empty()) {
    rules = rules.with(*parse_outcome_changes(changes));
  }
}

void tell_word(Draft& draft, const EnvoyRetry& retry, std::string_view word, std::string_view why) {
  if (retry.tells_words) {
    draft.ignored.push_back({retry.at, fmt::format("retry_on {}", word), std::string(why)});
  }
}

OutcomeRules retried(Draft& draft, const EnvoyRetry& retry) {
  OutcomeRules rules;
  fail(rules,
       "100-999=success,timeout=success,reset=success,closed=success,connect_failed=success,"
       "bad_answer=success");
  for (std::string_view rest = retry.on; !rest.empty();) {
    const auto word = trim(take_until(rest, ","));
    const auto condition = std::ranges::find(conditions, word, &Condition::word);
    if (condition == conditions.end()) {
      if (!word.empty()) {
        tell_word(draft, retry, word, "is not a condition that Envoy knows, so it has no effect");
      }
      continue;
    }
    fail(rules, condition->statuses);
    fail(rules, condition->resets ? every_reset : "");
    if (word == "retriable-status-codes") {
      for (const auto status : retry.statuses) {
        fail(rules, fmt::format("{}=failure", status));
      }
    }
    if (!condition->why.empty()) {
      tell_word(draft, retry, word, condition->why);
    }
  }
  return rules;
}

std::optional<client::RetryConfig> retry_policy(Draft& draft, const EnvoyCall& call) {
  if (!call.retry || call.retry->retries == 0) {
    return std::nullopt;
  }
  const auto& retry = *call.retry;
  const auto longest = retry.max_interval.value_or(retry.base_interval * intervals_at_most);
  draft.retry = Retry{.at = retry.at,
                      .attempts = retry.retries + 1,
                      .wait = retry.base_interval,
                      .multiplier = 2,
                      .longest = longest,
                      .from_zero = true};
  return client::RetryConfig{
      .most = static_cast<std::uint32_t>(std::min(retry.retries, envoy_endless)),
      .backoff = {.growth = client::Backoff::Growth::exponential,
                  .delay = retry.base_interval,
                  .most = longest,
                  .jitter = client::Backoff::Jitter::full,
                  .grain = std::chrono::milliseconds(1)},
      .heed_retry_after = false,
      .rules = client::EndingRules(retried(draft, retry)),
      .budget = call.pool ? call.pool->retries : client::Budget{}};
}

// Requests that HTTP/1.1 sends at once have a connection each, and others wait for one; HTTP/2
// sends all over one connection, so that none waits.
std::optional<client::BulkheadConfig> pool_policy(Draft& draft, const EnvoyPool& pool) {
  const auto requests = pool.requests.value_or(envoy_endless);
  const auto connections = pool.http2 ? envoy_endless : pool.connections.value_or(envoy_endless);
  if (std::min(requests, connections) >= envoy_endless) {
    return std::nullopt;
  }
  const auto pending = std::min(pool.pending.value_or(envoy_endless), envoy_endless);
  const client::BulkheadConfig limit{.places = std::min(requests, connections),
                                     .queue = connections <= requests ? pending : 0};
  draft.bulkhead =
      Bulkhead{pool.at, limit.places,
               limit.queue == envoy_endless ? std::nullopt : std::optional(limit.queue)};
  return limit;
}

}  // namespace

client::Budget envoy_max_retries(std::uint64_t most) {
  return {.kind = client::Budget::Kind::active,
          .ratio = 0,
          .least_active = static_cast<std::uint32_t>(std::min(most, envoy_endless))};
}

client::Budget envoy_retry_budget(double percent, std::uint64_t least) {
  return {.kind = client::Budget::Kind::active,
          .ratio = percent / 100,
          .least_active = static_cast<std::uint32_t>(std::min(least, envoy_endless))};
}

std::optional<Error> take_envoy_call(Draft& draft, const EnvoyCall& call, const Place& otherwise) {
  const auto retry = retry_policy(draft, call);
  const auto limit = call.pool ? pool_policy(draft, *call.pool) : std::nullopt;
  const auto per_try = call.retry ? call.retry->per_try_timeout : std::nullopt;
  if (!retry && !limit && !call.timeout && !per_try) {
    return std::nullopt;
  }
  const auto breaker = breaker_policy_of(draft, otherwise);
  if (!breaker) {
    return breaker.error();
  }
  if (call.timeout) {
    draft.client.emplace_back(client::TimeoutConfig{call.timeout->length});
    draft.timeout = call.timeout;
  }
  if (retry) {
    draft.client.emplace_back(*retry);
  }
  // An attempt that the route's timeout ends is a failure of the host.
  draft.client.emplace_back(
      call.timeout ? client::with_cancelled(*breaker, breaker::OnCancel::failure) : *breaker);
  if (limit) {
    draft.client.emplace_back(*limit);
  }
  if (per_try) {
    draft.timeout = Timeout{call.retry->at, *per_try};
  }
  if (draft.timeout) {
    draft.client.emplace_back(client::TimeoutConfig{draft.timeout->length});
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
