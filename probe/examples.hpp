// A breaker of each dialect that the probe knows, to try it with.
#pragma once

#include <vector>

#include "breaker/registry.hpp"

namespace tripcurve::probe {

// With settings of the dialect's most usual form, none of which the probe looks at first where it
// has a choice.
[[nodiscard]] std::vector<breaker::Choice> examples();

}  // namespace tripcurve::probe
