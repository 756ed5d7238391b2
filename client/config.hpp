// The policies of a client as values, and the making of them.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "breaker/registry.hpp"
#include "client/policies/breaker.hpp"
#include "client/policies/bulkhead.hpp"
#include "client/policies/fallback.hpp"
#include "client/policies/hedging.hpp"
#include "client/policies/retry.hpp"
#include "client/policies/timeout.hpp"

namespace tripcurve::client {

struct BreakerConfig {
  breaker::Choice choice{};
  EndingRules rules{};  // what the breaker is told of how a call ended

  friend bool operator==(const BreakerConfig&, const BreakerConfig&) = default;
};

using PolicyConfig = std::variant<TimeoutConfig, RetryConfig, HedgingConfig, BulkheadConfig,
                                  BreakerConfig, FallbackConfig>;
using Policies = std::vector<PolicyConfig>;  // the outermost first

// `keeper` gives each breaker policy who keeps its breakers, which must outlive the policies.
[[nodiscard]] std::vector<std::unique_ptr<Policy>> make_policies(
    const Policies& policies, const std::function<Breakers&(const BreakerConfig&)>& keeper,
    const Retry::Draw& draw);

}  // namespace tripcurve::client
