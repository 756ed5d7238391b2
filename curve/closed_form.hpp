// What theory says of a trip curve, to be drawn beside what was measured.
#pragma once

#include <optional>

#include "breaker/registry.hpp"
#include "core/time.hpp"
#include "curve/measure.hpp"

namespace tripcurve::curve {

// The mean time to open by a closed form (theory/detection.hpp). None where no form is known: for
// stages, closed loops, policies, several instances, faults that several rules of the breaker
// count, and bursts where the rule is about anything but a row.
[[nodiscard]] std::optional<Duration> closed_form(const Plan& plan, const breaker::Choice& breaker,
                                                  double severity);

}  // namespace tripcurve::curve
