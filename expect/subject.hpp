// A run as one service of a topology saw it, or as the client of one link did. Not for other
// folders.
#pragma once

#include <optional>

#include "report/summary.hpp"

namespace tripcurve::expect {

// A summary of what that service answered, or of what the calls of that link came to and what its
// breaker did, phase by phase: so every metric of calls and breakers is one of services and links.
// Nothing when the run has no such service or link, or is not over. `services` holds the service.
[[nodiscard]] std::optional<report::Summary> seen_by(const report::Summary& summary,
                                                     const report::Scope& scope);

}  // namespace tripcurve::expect
