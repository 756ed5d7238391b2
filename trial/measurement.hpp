// What one run has measured, as a value: what its load and its upstream have counted, what its
// breakers did, and how it went over time. A run that several generators share comes to one of
// these each; they are written down, read again and put together, and a report is made of what that
// comes to (trial/conclusion.hpp) as it is made of a run on one machine.
//
// All counts and histograms are exact. trial/archive.hpp says how it is written and read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "breaker/totals.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"
#include "faults/ledger.hpp"
#include "load/breaker_bank.hpp"
#include "load/tally.hpp"
#include "report/summary.hpp"
#include "topology/measured.hpp"
#include "trial/parts.hpp"

namespace tripcurve::trial {

struct Measurement {
  struct Breaker {
    breaker::Totals totals{};
    load::Probes probes{};
  };

  load::Tally tally;
  std::optional<faults::Ledger> ledger{};  // none when the upstream is not ours
  TimePoint ended_at{};
  topology::Measured services{};             // none without a topology; not written down
  std::vector<Breaker> breakers{};           // by bank index
  std::vector<load::BreakerEvent> events{};  // the first, at most BreakerBank::log_limit
  std::uint64_t transition_count = 0;        // those that were not kept included
  report::Series series{};
  // By point of the series: the response times that ended in it. Empty when nobody asked.
  std::vector<Histogram> responses{};
  std::vector<report::Intervention> interventions{};
  report::Ending ending = report::Ending::completed;
  std::vector<std::string> stopped_because{};
  std::string target{};                                     // "" in virtual time
  std::vector<std::pair<std::string, std::string>> host{};  // empty in virtual time
  std::vector<std::string> notes{};  // what should be known of how it was put together
};

// What a run of these parts comes to that has not begun: for reading one into.
[[nodiscard]] Measurement nothing_measured(const Parts& parts);

// What the breakers of a bank have done so far.
void note_breakers(Measurement& measurement, const load::BreakerBank& bank);

// The whole of a run that as many generators have shared as there are of these, in their order, at
// least one: tallies and ledgers are added up, each breaker is that of the generator that makes the
// calls of its instance, and what happened is in the order of time. Peaks need not have been at one
// time, so what they come to is an upper bound. One that ended before its time ends the whole, and
// is named in its notes.
[[nodiscard]] Measurement put_together(std::vector<Measurement> all, const load::BreakerBank& bank);

}  // namespace tripcurve::trial
