// Files with a circuit breaker in them that is known and cannot be imported: what to do instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::importer {

// An Error at the breaker's place when the file is Consul's HCL, Traefik's TOML, a Caddyfile or
// Skipper's routes; without a place when its name ends as that of a language that is not read.
[[nodiscard]] std::optional<Error> foreign(const std::string& file, std::string_view text);

}  // namespace tripcurve::importer
