// Files with a circuit breaker in them that is known and cannot be imported: what to do instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::importer {

// An Error at the breaker's place when the file is one of HAProxy that observes its servers, or in
// HCL or TOML, which are not read.
[[nodiscard]] std::optional<Error> foreign(const std::string& file, std::string_view text);

}  // namespace tripcurve::importer
