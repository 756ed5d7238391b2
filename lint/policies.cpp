#include "lint/policies.hpp"

#include <fmt/format.h>

#include <optional>
#include <variant>

#include "core/units.hpp"

namespace tripcurve::lint {
namespace {

using breaker::Warning;

// Where a policy of that kind stands, counted from the outermost; the last of several.
template <typename Config>
std::optional<std::size_t> place_of(const client::Policies& policies) {
  for (auto i = policies.size(); i-- > 0;) {
    if (std::holds_alternative<Config>(policies[i])) {
      return i;
    }
  }
  return std::nullopt;
}

template <typename Config>
const Config* last_of(const client::Policies& policies) {
  const auto place = place_of<Config>(policies);
  return place ? &std::get<Config>(policies[*place]) : nullptr;
}

// Where a fallback that queues calls stands.
std::optional<std::size_t> place_of_queue(const client::Policies& policies) {
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const auto* fallback = std::get_if<client::FallbackConfig>(&policies[i]);
    if (fallback != nullptr && std::holds_alternative<client::QueuedAnswer>(fallback->answer)) {
      return i;
    }
  }
  return std::nullopt;
}

const client::TimeoutConfig* last_letting_go(const client::Policies& policies) {
  const client::TimeoutConfig* found = nullptr;
  for (const auto& policy : policies) {
    const auto* timeout = std::get_if<client::TimeoutConfig>(&policy);
    found = timeout != nullptr && !timeout->cancels ? timeout : found;
  }
  return found;
}

template <typename Outer, typename Inner>
bool is_around(const client::Policies& policies) {
  const auto outer = place_of<Outer>(policies);
  const auto inner = place_of<Inner>(policies);
  return outer && inner && *outer < *inner;
}

// What limits calls at once inside of such a policy, or "".
template <typename Outer>
std::string limiter_inside(const client::Policies& policies) {
  if (is_around<Outer, client::BulkheadConfig>(policies)) {
    return "bulkhead";
  }
  return is_around<Outer, client::AdaptiveConfig>(policies) ? "adaptive" : "";
}

// Where an adaptive limit begins, and the bounds that it is brought into.
struct LimitBounds {
  std::uint32_t initial = 0;
  std::uint32_t least = 0;
  std::uint32_t most = 0;
};
struct BoundsOf {
  LimitBounds operator()(const client::AimdConfig& limit) const {
    return {limit.initial, limit.least, limit.most};
  }
  LimitBounds operator()(const client::Gradient2Config& limit) const {
    return {limit.initial, limit.least, limit.most};
  }
  LimitBounds operator()(const client::VegasConfig& limit) const {
    return {limit.initial, 1, limit.most};
  }
  LimitBounds operator()(const client::EnvoyGradientConfig& limit) const {
    return {limit.least, limit.least, limit.most};
  }
};

void lint_limit(const client::AdaptiveConfig& adaptive, std::vector<Warning>& found) {
  const auto [initial, least, most] = std::visit(BoundsOf{}, adaptive.limit);
  if (least > most) {
    found.push_back({"adaptive",
                     fmt::format("its smallest limit of {} is above its largest of {}, so it never "
                                 "adapts",
                                 least, most),
                     "lower the one, or raise the other"});
  } else if (initial < least || initial > most) {
    found.push_back({"adaptive",
                     fmt::format("it begins with a limit of {}, which is not between {} and {}; "
                                 "the library takes it, and leaves it with the first samples",
                                 initial, least, most),
                     "begin within the bounds"});
  }
}

}  // namespace

std::vector<Warning> lint_policies(const client::Policies& policies) {
  std::vector<Warning> found;
  const auto* breaker = last_of<client::BreakerConfig>(policies);
  const auto* retry = last_of<client::RetryConfig>(policies);
  const auto* timeout = last_letting_go(policies);
  const bool has_timeout = place_of<client::TimeoutConfig>(policies).has_value();
  if (breaker != nullptr && has_timeout && breaker->rules.of_cancelled() != Outcome::failure &&
      !is_around<client::BreakerConfig, client::TimeoutConfig>(policies)) {
    found.push_back({"timeout",
                     "it stands outside the breaker, which hears of a cancellation and not of a "
                     "failure, so an upstream that hangs never opens it",
                     "put timeout after breaker"});
  }
  if (is_around<client::BreakerConfig, client::RetryConfig>(policies)) {
    found.push_back({"retry",
                     "it stands inside the breaker, which counts a call once, by its last attempt, "
                     "so an upstream whose failures the retry hides never opens it",
                     "put retry before breaker, if the breaker is to count attempts"});
  }
  if (const auto limiter = limiter_inside<client::HedgingConfig>(policies); !limiter.empty()) {
    found.push_back({"hedging",
                     fmt::format("a second attempt that finds the {} full ends the call with that "
                                 "rejection, even while the first one runs well",
                                 limiter == "bulkhead" ? limiter : "adaptive limit"),
                     fmt::format("put {} before hedging", limiter)});
  }
  if (const auto* adaptive = last_of<client::AdaptiveConfig>(policies)) {
    lint_limit(*adaptive, found);
  }
  if (is_around<client::RetryConfig, client::BreakerConfig>(policies) && retry->most > 0 &&
      retry->rules.open_fails()) {
    found.push_back({"retry",
                     "it stands around the breaker and tries again when that is open: a call uses "
                     "its attempts and its waits up on rejections, in place of failing fast",
                     "set on_open=stop; in resilience4j, add CallNotPermittedException to the "
                     "retry's ignoreExceptions"});
  }
  if (const auto limiter = limiter_inside<client::BreakerConfig>(policies);
      !limiter.empty() && breaker->rules.of_full() == Outcome::failure) {
    found.push_back({limiter,
                     "it stands inside the breaker, which counts its rejections as failures: load "
                     "alone opens the breaker",
                     fmt::format("put {} before breaker; in resilience4j, add "
                                 "BulkheadFullException to the breaker's ignoreExceptions",
                                 limiter)});
  }
  if (const auto queue = place_of_queue(policies);
      queue && breaker != nullptr && place_of<client::BreakerConfig>(policies) < queue) {
    found.push_back({"fallback",
                     "it stands inside the breaker, which therefore never hears of the calls that "
                     "leave its queue and does not hold them back while it is open",
                     "put fallback before breaker"});
  }
  if (timeout != nullptr) {
    found.push_back({"timeout",
                     "it gives nothing up: what it no longer waits for goes on until its own end, "
                     "keeps its place in a bulkhead, and a retry sends more beside it",
                     "give the HTTP client a timeout that is not much longer"});
  }
  if (retry != nullptr && retry->heed_retry_after && retry->backoff.most) {
    found.push_back({"retry",
                     fmt::format("an answer's Retry-After is waited for in full, even if it is "
                                 "longer than max_delay of {}",
                                 format_duration(*retry->backoff.most)),
                     "put a timeout around retry, or set retry_after=false"});
  }
  return found;
}

}  // namespace tripcurve::lint
