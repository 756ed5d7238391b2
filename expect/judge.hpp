// Expectations held against a run. Pure: the same summary gives the same judgement.
#pragma once

#include <span>
#include <vector>

#include "expect/expectation.hpp"
#include "report/summary.hpp"

namespace tripcurve::expect {

// One for each term, in order. What has no samples never passes: it is inconclusive. Where a
// name stands for several (a phase name used twice, breakers not narrowed), the worst decides.
//
// Of a run that is still going on, a term is only found to fail when nothing to come can mend it
// or, for totals and percentiles, when it does not hold so far.
[[nodiscard]] std::vector<report::Judged> judge(std::span<const Expectation> expectations,
                                                const report::Summary& summary);

}  // namespace tripcurve::expect
