// The incidents of a trace as its owner marks them: when a breaker should have been open.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "replay/time_reader.hpp"

namespace tripcurve::replay {

struct Incident {
  EpochTime begin = 0;
  EpochTime end = 0;  // later than begin
  std::string name{};
  friend bool operator==(const Incident&, const Incident&) = default;
};

// BEGIN/END and perhaps a name: "2026-11-24T10:00:00Z/10:20:00Z bank down". The end is a time, a
// time of the same day without its date, or how long it lasted (20m). Times without an offset are
// those of `zone`.
[[nodiscard]] Result<Incident> parse_incident(std::string_view text,
                                              const std::optional<Zone>& zone);

// One on each line; empty lines and those that begin with # say nothing. `name` is the file's.
[[nodiscard]] Result<std::vector<Incident>> parse_incidents(std::string_view text,
                                                            std::string_view name,
                                                            const std::optional<Zone>& zone);

}  // namespace tripcurve::replay
