// The values that trace formats share: how long a call took, and how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "replay/line_parser.hpp"

namespace tripcurve::replay {

enum class LatencyUnit : std::uint8_t { ns, us, ms, s };

// "ns", "us", "ms", "s".
[[nodiscard]] Result<LatencyUnit> parse_latency_unit(std::string_view text);
[[nodiscard]] std::string_view name(LatencyUnit unit);

// A number in that unit, with or without a fraction, not negative, at most 10000h. What is finer
// than a nanosecond is cut off, as programs write more digits than they know. Or a duration with a
// unit of its own (13ms, 1.5s, 1m30s), as parse_duration() takes it; `unit` none: only that. What
// is wrong with it, or nothing.
[[nodiscard]] std::optional<std::string> read_latency(std::string_view text,
                                                      std::optional<LatencyUnit> unit,
                                                      Duration& latency);

// A status (503); 0, 000 and - for none, which is a closed connection; ok, error, true, false; an
// end that is no answer (timeout, reset, closed, connect_failed, bad_answer); a code of gRPC's by
// name (UNAVAILABLE); or rejected, for a call that a breaker did not let out. What is wrong with
// it, or nothing.
[[nodiscard]] std::optional<std::string> read_end(std::string_view text, Fields& fields);

// "Stamp": "begin" or "end".
[[nodiscard]] Result<Stamp> parse_stamp(std::string_view text);

}  // namespace tripcurve::replay
