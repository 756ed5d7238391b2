// The policies of a failsafe-go client as a trace of calls has them: the methods of their builders
// with their arguments. Nothing else has them: its users write them in Go.
#pragma once

#include "client/config.hpp"
#include "core/result.hpp"
#include "document/node.hpp"

namespace tripcurve::conform {

// A list of policies, the outermost first: `policy` is RetryPolicy, CircuitBreaker, Timeout,
// HedgePolicy, Bulkhead or Fallback. Rules read in failsafe-go v0.9.8 (retrypolicy, hedgepolicy,
// failsafehttp/policy.go) and held to recordings of it.
[[nodiscard]] Result<client::Policies> read_failsafe_go_policies(const document::Node& list);

}  // namespace tripcurve::conform
