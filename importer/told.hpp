// What a file says besides its breaker, for people, a line each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "importer/import.hpp"

namespace tripcurve::importer {

// What a file says may be anything: without control characters, and not endless.
[[nodiscard]] std::string visible(std::string_view text);

// What acts otherwise than it looks; and what stands around the breaker, and what was ignored and
// why.
[[nodiscard]] std::vector<std::string> warnings_of(const Imported& imported);
[[nodiscard]] std::vector<std::string> notes_of(const Imported& imported);

}  // namespace tripcurve::importer
