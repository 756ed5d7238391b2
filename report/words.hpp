// What happened in a run, in words and in parts of lines: made once here, so that every format says
// the same. Names come as they are; the format makes them fit to be shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "report/summary.hpp"

namespace tripcurve::report {

// "checkout · run · seed 42 · http://127.0.0.1:8080"
[[nodiscard]] std::string title(const RunFacts& facts);

// "PASS", "FAIL", "INCONCLUSIVE".
[[nodiscard]] std::string word(Judged::Result result);

// "FAIL", "finished", "interrupted after 2.00s".
[[nodiscard]] std::string headline(const Summary& summary);

// "Exit code 1: At least one expectation failed"
[[nodiscard]] std::string exit_text(Verdict::Result result);

// "time_to_open was 3.40s, but had to be < 2s (n=1)"
[[nodiscard]] std::string comparison(const Judged& one);

// The same with its scope and its reason: "..., phase outage: the breaker never opened".
[[nodiscard]] std::string complaint(const Judged& one);

// "3 of 5 runs passed, and at least 4 had to pass; 95 % interval for the share that passes: ..."
[[nodiscard]] std::string repeats_text(const Repeats& repeats);

// How to run it again, and all of the series that it is one of; a line each.
[[nodiscard]] std::vector<std::string> again(const RunFacts& facts);

// "client opened twice: 8.81s closed, 11.2s open; ends closed", one per breaker.
[[nodiscard]] std::vector<std::string> breaker_lines(const Summary& summary);
// "client opened 214ms after the fault began and did not close again", one per breaker and fault.
[[nodiscard]] std::vector<std::string> reaction_lines(const Summary& summary);

// The transitions as a table: what stands in each column, the cause last. With one breaker there is
// no column for its name.
[[nodiscard]] std::vector<std::string> transition_header(const RunFacts& facts);
[[nodiscard]] std::vector<std::string> transition_cells(const RunFacts& facts,
                                                        const load::BreakerEvent& event);
// "Only the first 10,000 transitions were kept. ..."; empty when all were.
[[nodiscard]] std::string cut_short_text(const RunFacts& facts);

// Of a long list its first and last entries, with `left_out` of how many lie between them.
template <typename Entry, typename LeftOut>
[[nodiscard]] std::vector<Entry> shortened(const std::vector<Entry>& entries, LeftOut left_out) {
  constexpr std::size_t most = 30;
  constexpr std::size_t first = 20;
  constexpr std::size_t last = 5;
  if (entries.size() <= most) {
    return entries;
  }
  std::vector<Entry> kept(entries.begin(), entries.begin() + first);
  kept.emplace_back(left_out(entries.size() - first - last));
  kept.insert(kept.end(), entries.end() - last, entries.end());
  return kept;
}

// One transition for people: "  5.214s  client  closed → open  5 failures in a row, the last a 503
// (214ms after the fault began)". No newline.
[[nodiscard]] std::string transition_text(const load::BreakerEvent& event,
                                          const std::string& breaker_name,
                                          const Timetable& timetable);

// "214ms after the fault began", "1.4s after the fault ended", or "" before the first fault.
[[nodiscard]] std::string since_fault(TimePoint when, const Timetable& timetable);

}  // namespace tripcurve::report
