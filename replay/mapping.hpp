// Which of a trace's columns, or fields, say what: as they are named in --format, or as their names
// suggest.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "replay/format.hpp"
#include "replay/values.hpp"

namespace tripcurve::replay {

struct Mapping {
  std::size_t time = 0;  // index of a name
  std::optional<std::size_t> latency{};
  std::optional<std::size_t> status{};
  std::optional<std::size_t> endpoint{};
  std::optional<std::size_t> instance{};
  std::optional<LatencyUnit> unit{};  // of latencies; none: each has its own
  TimeForm time_form = TimeForm::automatic;
  Stamp stamp = Stamp::begins;
};

// The options of formats that have names for what they hold.
[[nodiscard]] std::span<const std::string_view> mapping_options();

// Refuses a name that is not there, no name for the time, and none for how calls end. `what` is
// "column" or "field".
[[nodiscard]] Result<Mapping> map_names(std::span<const std::string> names,
                                        const FormatOptions& options, std::string_view what);

// A time and an end of calls can be told by these names.
[[nodiscard]] bool has_known_names(std::span<const std::string> names);

// "time: ts, latency: dur_ms (ms), ..."
[[nodiscard]] std::string reading_of(const Mapping& mapping, std::span<const std::string> names);

}  // namespace tripcurve::replay
