// What the order of a client's policies makes of them: told before anything runs. Each was seen in
// recordings of .NET's resilience handlers (docs/CONFORMANCE.md), and holds wherever policies nest.
#pragma once

#include <vector>

#include "breaker/dialect.hpp"
#include "client/config.hpp"

namespace tripcurve::lint {

// The key of a warning is the policy that it is about: "timeout".
[[nodiscard]] std::vector<breaker::Warning> lint_policies(const client::Policies& policies);

}  // namespace tripcurve::lint
