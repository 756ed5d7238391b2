// What a replay found, in words and numbers that every format of its report shares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/replay.hpp"

namespace tripcurve::replay {

// "A", "B", ..., "Z", "A2", ...
[[nodiscard]] std::string letter(std::size_t setting);

// A number of each setting, as text: the rows of "what would have been different".
struct Measure {
  std::string label;
  std::vector<std::string> cells;  // by setting
};
[[nodiscard]] std::vector<Measure> measures(const Findings& findings);

// How one setting met the i-th incident: "first trip 3.12s after it began; open for 98.0% of it".
[[nodiscard]] std::string response_text(const Findings& findings, const Outcomes& outcomes,
                                        std::size_t incident);

// What was left out, moved or guessed while the trace was read, a sentence each.
[[nodiscard]] std::vector<std::string> reading_notes(const TraceFacts& trace);

// What a replay cannot know, a sentence each.
[[nodiscard]] std::vector<std::string> limits(const Findings& findings);

// Of those that were kept, the trips that overlap no incident.
[[nodiscard]] std::uint64_t false_trips(const Outcomes& outcomes);

// "2026-11-24T10:00:03.120Z", in the zone of the trace.
[[nodiscard]] std::string time_text(const TraceFacts& trace, TimePoint when);

// "#1", "#1 bank down"
[[nodiscard]] std::string incident_name(const Findings& findings, std::size_t incident);

// "12m3s", or "until the trace ends".
[[nodiscard]] std::string length_text(const Trip& trip);

// The share of calls that failed in some stretch; 0 without calls.
[[nodiscard]] double failed_share(const Stretch& stretch);

}  // namespace tripcurve::replay
