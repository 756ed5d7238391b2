// What a service says of its breaker beside what was observed of it. Not for other folders.
#pragma once

#include <string>
#include <vector>

#include "report/summary.hpp"

namespace tripcurve::report {

// A block for each source, and an empty line behind it; nothing where nothing was asked.
[[nodiscard]] std::string claimed_text(const Summary& summary);

// The same as sentences: how often each was asked, and where it disagrees.
[[nodiscard]] std::vector<std::string> claimed_lines(const Summary& summary);

}  // namespace tripcurve::report
