// The JSON of one line of a file of traces.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::conform {

inline constexpr std::string_view see_format = "docs/CONFORMANCE.md describes the format";

// An object that is nested no deeper than a trace is.
[[nodiscard]] Result<nlohmann::json> read_object(std::string_view line);

// No trace tells of anything later.
inline constexpr Duration longest_trace = std::chrono::hours(10'000);

// A member that has a whole number of milliseconds from zero to 10000h; `what` is for the message:
// "call 3: at".
[[nodiscard]] Result<Duration> milliseconds_of(const nlohmann::json& value, std::string_view what);

}  // namespace tripcurve::conform
