// What one engine has seen, in bounded memory: counters and histograms by phase, never a list of
// samples. Tallies of several engines merge exactly.
#pragma once

#include <cstdint>
#include <vector>

#include "core/call_end.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"

namespace tripcurve::load {

// calls = fail_fast + dropped + sent + held back by a breaker, and sent = ok + failed() + in flight.
// What a stopped run leaves, in flight or held back, is `unfinished`.
struct Counts {
  std::uint64_t calls = 0;      // came due and were taken up
  std::uint64_t fail_fast = 0;  // rejected by the breaker: nothing was sent
  std::uint64_t dropped = 0;    // not made: too many in flight already
  std::uint64_t sent = 0;       // handed to the transport

  std::uint64_t ok = 0;             // answered below 500
  std::uint64_t error_answers = 0;  // answered 500 and above
  std::uint64_t timeouts = 0;
  std::uint64_t resets = 0;
  std::uint64_t closed = 0;  // connection closed without a complete answer
  std::uint64_t connect_failed = 0;
  std::uint64_t bad_answers = 0;
  std::uint64_t unfinished = 0;  // still under way when the run was stopped

  // Ended, but not well; timeouts included.
  [[nodiscard]] std::uint64_t failed() const {
    return error_answers + timeouts + resets + closed + connect_failed + bad_answers;
  }
  void note(CallEnd end);
  Counts& operator+=(const Counts& other);
  Counts& operator-=(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct PhaseTally {
  Counts counts;
  // Of calls that were sent and ended; a fail-fast never enters a latency histogram.
  Histogram response;        // from the intended time: no coordinated omission
  Histogram service;         // from the sending
  Histogram schedule_error;  // of every call: taken up - intended, the generator's own lateness
};

// A call belongs to the phase of its intended time, whenever it ends.
struct Tally {
  Tally(std::size_t phase_count, std::size_t endpoint_count)
      : phases(phase_count), endpoints(endpoint_count) {}

  std::vector<PhaseTally> phases;
  std::vector<Counts> endpoints;  // over all phases
  Histogram response;             // over all phases, for the live view

  void merge(const Tally& other);
};

// A fixed-size copy of what the live view and the per-second events need.
struct Snapshot {
  TimePoint at;
  std::vector<Counts> endpoints;
  Histogram response;
  std::uint64_t in_flight = 0;

  void merge(const Snapshot& other);  // `at` becomes the later of the two
  [[nodiscard]] Counts total() const;
};

}  // namespace tripcurve::load
