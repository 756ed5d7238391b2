// A breaker of each dialect that the probe knows, to try it with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "breaker/registry.hpp"

namespace tripcurve::probe {

// Of the dialects that are named, or of all. With settings of the dialect's most usual form, none
// of which the probe looks at first where it has a choice.
[[nodiscard]] std::vector<breaker::Choice> examples(std::span<const std::string> dialects);

}  // namespace tripcurve::probe
