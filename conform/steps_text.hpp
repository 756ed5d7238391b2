// How a difference is shown to people: the steps before it, the step, and what came instead.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::conform {

// `about` is a line below the trace's name, or nothing. A `step` behind the last one means that the
// trace ends before what was got.
[[nodiscard]] std::string explain_difference(std::string_view id, std::string_view about,
                                             const std::vector<std::string>& steps,
                                             std::size_t step, std::string_view got);

}  // namespace tripcurve::conform
