// The values between two ends, as people would choose them. Not for other folders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::sweep {

// It names two ends: "1s..60s".
[[nodiscard]] bool is_range(std::string_view text);

// Of "1s..60s", "5%..50%", "10..100", "50/s..500/s": both ends, and the round values in between.
// Of "1s..5s/3" three values, evenly spaced; of "1s..100s/3log" three of which each is as many
// times the one before. Values in between are rounded: whole between whole numbers, else to three
// significant digits.
[[nodiscard]] Result<std::vector<std::string>> values_of_range(std::string_view text);

}  // namespace tripcurve::sweep
