// What has no meaning in virtual time, and is refused there with the reason.
#pragma once

#include <optional>
#include <vector>

#include "core/result.hpp"
#include "faults/phase.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {

// The first fault of an upstream, its rules and its phases that cannot be simulated.
[[nodiscard]] std::optional<Error> not_simulated(const Upstream& upstream,
                                                 const std::vector<PhaseSpec>& phases);

}  // namespace tripcurve::faults
