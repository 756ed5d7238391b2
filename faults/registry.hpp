// The kinds of faults: the only list of them. Parsing, help, `list faults`, `describe` and the
// documentation's check walk it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "faults/fault.hpp"

namespace tripcurve::faults {

// In the order in which they are shown.
[[nodiscard]] std::span<const Kind* const> kinds();

// By its word, or any status; null if there is none.
[[nodiscard]] const Kind* find_kind(std::string_view word);

[[nodiscard]] std::vector<std::string_view> kind_words();

}  // namespace tripcurve::faults
