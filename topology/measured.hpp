// What the services of a topology have done, in numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "breaker/breaker.hpp"
#include "breaker/totals.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"
#include "load/tally.hpp"

namespace tripcurve::topology {

// Of the calls that arrived in one phase. `arrived` = ok + failed + full + those that had no answer
// when the run ended.
struct ServiceCounts {
  std::uint64_t arrived = 0;
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;  // what it depends on did not answer well, or it has no route
  std::uint64_t full = 0;    // turned away: all workers busy, and no place to wait
  Histogram response{};      // from the arrival to the answer, of those that had a worker

  // Of the time that the phase lasts.
  std::uint32_t peak_busy = 0;
  std::uint32_t peak_waiting = 0;
  double busy_seconds = 0;     // of all workers together
  double waiting_seconds = 0;  // of all calls that waited
  Duration full_for{};         // all workers were busy
  std::optional<TimePoint> first_full{};
};

// Of the calls to a dependency that belong to calls of that phase. `calls` = ok + failed +
// timed_out + open + full + fallback + given_up + those under way at the end.
struct LinkCounts {
  std::uint64_t calls = 0;
  std::uint64_t requests = 0;  // sent for them; more than `calls` if it tries again
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t open = 0;  // rejected by the breaker, and no fallback has answered
  std::uint64_t full = 0;  // rejected by a bulkhead
  std::uint64_t fallback = 0;
  std::uint64_t fallback_open = 0;  // of these, the breaker had rejected
  std::uint64_t cached = 0;         // of fallback: answered from its cache
  std::uint64_t queued = 0;         // and of these, while they wait in its queue
  std::uint64_t drained = 0;        // of queued: done since
  std::uint64_t lost = 0;           // of queued: dropped from the queue for later ones
  std::uint64_t given_up = 0;       // another call had decided the answer
  // What an adaptive limit was while the phase went on; none without one, and if nobody asked it.
  std::optional<load::LimitRange> limit{};
};

struct LinkMeasured {
  std::string to;
  std::string breaker;  // as text; "none"
  std::vector<LinkCounts> phases{};
  std::vector<breaker::Transition> transitions{};  // the first 10,000
  breaker::Totals breaker_totals{};                // of all of them
};

struct ServiceMeasured {
  std::string name;
  std::optional<std::uint32_t> workers{};
  std::optional<std::uint32_t> queue{};
  std::vector<ServiceCounts> phases{};
  std::vector<LinkMeasured> links{};
};

// A service at this moment.
struct ServiceNow {
  std::uint32_t busy = 0;
  std::uint32_t waiting = 0;
  std::vector<breaker::State> links{};  // the states of its clients' breakers
};

using Measured = std::vector<ServiceMeasured>;

}  // namespace tripcurve::topology
