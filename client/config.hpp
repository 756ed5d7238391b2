// The policies of a client as values, and the making of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "breaker/registry.hpp"
#include "client/call_facts.hpp"
#include "client/policies/adaptive.hpp"
#include "client/policies/breaker.hpp"
#include "client/policies/bulkhead.hpp"
#include "client/policies/fallback.hpp"
#include "client/policies/hedging.hpp"
#include "client/policies/retry.hpp"
#include "client/policies/timeout.hpp"
#include "core/random.hpp"

namespace tripcurve::client {

struct BreakerConfig {
  breaker::Choice choice{};
  EndingRules rules{};             // what the breaker is told of how a call ended
  bool hears_of_cancelled = true;  // and of one that was given up from outside, at all
  Judges judges = Judges::end;     // and what of an answer

  friend bool operator==(const BreakerConfig&, const BreakerConfig&) = default;
};

// A breaker that is told of a call's end what `counts` says, and of one that was given up what its
// dialect's library is told.
[[nodiscard]] BreakerConfig breaker_of(const breaker::Choice& choice, const OutcomeRules& counts);
// The same with another word for those that were given up.
[[nodiscard]] BreakerConfig with_cancelled(BreakerConfig breaker, breaker::OnCancel counts_as);
[[nodiscard]] breaker::OnCancel on_cancel(const BreakerConfig& breaker);

using PolicyConfig = std::variant<TimeoutConfig, RetryConfig, HedgingConfig, BulkheadConfig,
                                  BreakerConfig, FallbackConfig, AdaptiveConfig>;
using Policies = std::vector<PolicyConfig>;  // the outermost first

// What it does with a call depends on other calls of the same instance, besides what a breaker
// knows.
[[nodiscard]] bool remembers(const PolicyConfig& policy);

// A client of a breaker around one attempt, which a timeout may give up: nothing else decides about
// its calls.
struct PlainClient {
  OutcomeRules rules{};  // what the breaker is told of an attempt's end
  std::optional<Duration> gives_up_after{};
};
// What such policies come to. None of others, nor of those that hear of an attempt before its end.
[[nodiscard]] std::optional<PlainClient> plain_client(const Policies& policies);

// `keeper` gives each breaker policy who keeps its breakers, which must outlive the policies.
// `random` is for what is no single call's: adaptive limits.
[[nodiscard]] std::vector<std::unique_ptr<Policy>> make_policies(
    const Policies& policies, const std::function<Breakers&(const BreakerConfig&)>& keeper,
    const CallFacts& facts, const Random& random);

}  // namespace tripcurve::client
