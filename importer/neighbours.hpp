// What stands in a file that has no breaker to import, and looks as if it had one.
#pragma once

#include <optional>
#include <string>

#include "document/read.hpp"

namespace tripcurve::importer {

// What it is, where, and what to do instead; nothing where tripcurve knows nothing about the file.
// `line 12: ...`
[[nodiscard]] std::optional<std::string> neighbour_in(const document::Documents& documents);

}  // namespace tripcurve::importer
