// A summary in every format, and a run's events as JSON lines. report/registry.hpp lists the
// formats that a flag can name.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/timetable.hpp"
#include "report/marked_text.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

// Bumped when a field changes its meaning or goes; fields may be added without.
inline constexpr int schema_version = 3;

// The report on the terminal: by phase, the transitions, the breakers' reactions, the expectations,
// the verdict. Fits 80 columns (but for the command that repeats it), has no colour and no cursor
// moves, ends in a newline.
[[nodiscard]] std::string to_text(const Summary& summary);
// The same, which says what a terminal may show in colour.
[[nodiscard]] MarkedText to_marked_text(const Summary& summary);

// All of it, as one JSON object, ends in a newline. docs/json.md lists the fields.
[[nodiscard]] std::string to_json(const Summary& summary);

// A page for people, in one file that asks the network for nothing.
[[nodiscard]] std::string to_html(const Summary& summary);

// The summary that to_json() wrote: to_json(*read_json(file, to_json(s))) is to_json(s), to the
// byte. `file` is for messages. What is no result, of another schema_version, cut off, too large or
// nested too deeply is an Error.
[[nodiscard]] Result<Summary> read_json(const std::string& file, std::string_view text);
inline constexpr std::size_t most_result_bytes = std::size_t{64} << 20;

// For CI servers: a suite for the run and one for each phase that something is expected of, a test
// case per expectation and one for the verdict. Inconclusive is an error, because many servers show
// what is skipped as passed.
[[nodiscard]] std::string to_junit(const Summary& summary);

// For step summaries and comments: GitHub's flavour, tables included. Names cannot break out of it.
[[nodiscard]] std::string to_markdown(const Summary& summary);

// The run over time: a header, then a row per interval. RFC 4180.
[[nodiscard]] std::string to_csv(const Summary& summary);

// GitHub's workflow commands: an error per expectation that does not hold, a warning per one that
// could not be judged and per warning about the settings. Nothing when there are none.
[[nodiscard]] std::string to_github(const Summary& summary);

// JSON lines, each ending in a newline.
[[nodiscard]] std::string start_line(const RunFacts& facts);
[[nodiscard]] std::string phase_line(const Phase& phase);
[[nodiscard]] std::string transition_line(const load::BreakerEvent& event,
                                          const std::string& breaker_name,
                                          const Timetable& timetable);
[[nodiscard]] std::string intervention_line(const Intervention& intervention);
// `topology` is the run's, whose services the tick may have.
[[nodiscard]] std::string second_line(const Tick& tick, const topology::Topology& topology = {});
[[nodiscard]] std::string end_line(const Summary& summary);

// Parts of to_json() for pages that follow a run, each as one JSON value without line ends: an
// interval of the series, the series, the phases.
[[nodiscard]] std::string interval_json(const Interval& interval);
[[nodiscard]] std::string series_json(const Series& series);
[[nodiscard]] std::string phases_json(const Timetable& timetable);

// What the services of a topology are doing, as one JSON value without line ends.
[[nodiscard]] std::string services_json(const std::vector<topology::ServiceNow>& now,
                                        const topology::Topology& topology);

}  // namespace tripcurve::report
