// What a file says besides its breaker, for people, a line each with its place.
#pragma once

#include <string>
#include <vector>

#include "client/registry.hpp"
#include "importer/import.hpp"

namespace tripcurve::importer {

// What acts otherwise than it looks; and what stands around the breaker, and what was ignored and
// why.
[[nodiscard]] std::vector<std::string> warnings_of(const Imported& imported);
[[nodiscard]] std::vector<std::string> notes_of(const Imported& imported);

// What the file makes of a call beside its breaker, in the words of --policy; none where tripcurve
// plays the breaker alone.
[[nodiscard]] std::vector<client::PolicyChoice> policies_of(const Imported& imported);

// What the breaker counts, as the text of `breaker_counts` beside a breaker of that dialect; ""
// when that is what the dialect counts by itself.
[[nodiscard]] std::string breaker_counts_of(const Imported& imported);

}  // namespace tripcurve::importer
