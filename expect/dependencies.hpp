// What is judged of each dependency, of a service (--through) that has several.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "expect/expectation.hpp"

namespace tripcurve::expect {

// It is counted for each dependency, in the phases of that; `breaker` of a scope names one.
[[nodiscard]] bool is_of_dependency(const Metric& metric);

// Its phases, by the name of the dependency.
using PhasesOf = std::map<std::string, std::vector<std::string>>;

// The expectation without the breaker and the phase that such metrics may name, or what is wrong
// with these. Others are left as they are.
[[nodiscard]] Result<Expectation> without_dependency(const Expectation& expectation,
                                                     const PhasesOf& dependencies);

}  // namespace tripcurve::expect
