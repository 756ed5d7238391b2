// A summary, and a run's events, as text for people and as JSON for programs.
#pragma once

#include <string>

#include "core/timetable.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

// Bumped when a field changes its meaning or goes; fields may be added without.
inline constexpr int schema_version = 1;

// The report on the terminal: by phase, the transitions, the breakers' reactions, the verdict. Fits
// 80 columns, has no colour and no cursor moves, ends in a newline.
[[nodiscard]] std::string to_text(const Summary& summary);

// All of it, as one JSON object, ends in a newline. docs/json.md lists the fields.
[[nodiscard]] std::string to_json(const Summary& summary);

// JSON lines, each ending in a newline.
[[nodiscard]] std::string start_line(const RunFacts& facts);
[[nodiscard]] std::string phase_line(const Phase& phase);
[[nodiscard]] std::string transition_line(const load::BreakerEvent& event,
                                          const std::string& breaker_name,
                                          const Timetable& timetable);
[[nodiscard]] std::string second_line(const Tick& tick);
[[nodiscard]] std::string end_line(const Summary& summary);

// One transition for people: "  5.214s  client  closed → open  5 failures in a row, the last a 503
// (214ms after the fault began)". No newline.
[[nodiscard]] std::string transition_text(const load::BreakerEvent& event,
                                          const std::string& breaker_name,
                                          const Timetable& timetable);

// "214ms after the fault began", "1.4s after the fault ended", or "" before the first fault.
[[nodiscard]] std::string since_fault(TimePoint when, const Timetable& timetable);

}  // namespace tripcurve::report
