// A run as it goes: snapshots in, one Tick per interval out. The live view, the plain lines and the
// per-second events all read Ticks.
#pragma once

#include <optional>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "load/tally.hpp"
#include "topology/measured.hpp"

namespace tripcurve::report {

// What happened between two moments of a run.
struct Interval {
  TimePoint end{};
  load::Counts counts{};                             // in the interval
  std::optional<Duration> p50{}, p99{};              // response times that ended in it, if any did
  std::uint64_t in_flight = 0;                       // at its end
  std::optional<std::uint64_t> upstream_requests{};  // in the interval, if the upstream is ours
};

struct Tick : Interval {
  TimePoint begin{};
  load::Counts total{};                          // since the start
  std::vector<load::Counts> endpoints{};         // since the start
  std::vector<breaker::State> breakers{};        // at the end, by bank index
  std::vector<topology::ServiceNow> services{};  // at the end; empty when nobody looked
  Histogram responses{};                         // times of the calls that ended in the interval
  std::uint64_t limit = 0;                       // of an adaptive policy, at the end; 0 without one

  [[nodiscard]] double seconds() const { return to_seconds(end - begin); }
};

// Turns cumulative snapshots into ticks. Not thread-safe.
class Progress {
 public:
  // The interval from the last snapshot (or zero) to this one. `upstream_requests`: how many have
  // come in at the upstream since the start; none when it is not ours.
  [[nodiscard]] Tick advance(const load::Snapshot& snapshot, const load::BreakerBank& bank,
                             std::optional<std::uint64_t> upstream_requests = {});

 private:
  TimePoint last_at_{};
  load::Counts last_total_;
  std::uint64_t last_upstream_requests_ = 0;
  Histogram last_response_;
};

}  // namespace tripcurve::report
