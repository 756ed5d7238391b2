// What a run's summary needs to know of the parts that an experiment was made into.
#pragma once

#include <vector>

#include "faults/ledger.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "load/endpoint.hpp"
#include "report/summary.hpp"

namespace tripcurve::experiment {

// By breaker: what it has done, and the faults that are about its calls.
[[nodiscard]] std::vector<report::BreakerFacts> breaker_facts(
    const load::BreakerBank& bank, const std::vector<load::Endpoint>& endpoints,
    const faults::Plan& faults);

// By phase.
[[nodiscard]] std::vector<report::UpstreamCounts> upstream_counts(const faults::Ledger& ledger);

}  // namespace tripcurve::experiment
