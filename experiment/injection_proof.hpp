// Proof of injection: of each fault, how often the plan meant it to come, how often it came, what
// chance alone would make of that, and how often the load saw it; and the rules that no request has
// met.
#pragma once

#include <string>
#include <vector>

#include "faults/ledger.hpp"
#include "faults/plan.hpp"
#include "load/tally.hpp"
#include "report/summary.hpp"

namespace tripcurve::experiment {

// By phase. Faults that nobody gives a share are left out, and so are phases without requests.
[[nodiscard]] std::vector<std::vector<report::InjectedShare>> injected_shares(
    const faults::Plan& plan, const faults::Ledger& ledger);

// The same, with what the load, which calls the upstream itself, has seen of each; but not of what
// is done to the answers of a service, which may end in any way.
[[nodiscard]] std::vector<std::vector<report::InjectedShare>> injected_shares(
    const faults::Plan& plan, const faults::Ledger& ledger, const load::Tally& seen,
    faults::Plan::Answers answers = faults::Plan::Answers::own);

// A sentence for each rule that no request of all phases met, and each phase whose `on` none met.
[[nodiscard]] std::vector<std::string> never_matched(const faults::Plan& plan,
                                                     const faults::Ledger& ledger);

}  // namespace tripcurve::experiment
