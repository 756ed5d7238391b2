// What became of each call: whether it went out to the dependency. Where the service passes the
// call's identity on, the arrival tells; else calls and arrivals are only counted, and an arrival
// may be of any call that was under way. Not for other folders.
#pragma once

#include <cstddef>
#include <vector>

#include "through/seen.hpp"

namespace tripcurve::through {

struct Verdict {
  enum class Kind : std::uint8_t {
    out,       // it arrived at the dependency
    withheld,  // it was answered, and did not arrive
    unknown,   // it was answered, and what arrived meanwhile may have been of others
    hidden,    // it was answered, and meanwhile the dependency took no connections
    lost,      // it had no answer and did not arrive: it never came to a decision, or nobody knows
  };
  Kind kind = Kind::unknown;
  std::size_t call = 0;  // index in Seen::calls
  // The service decided about it between these two. Where calls are only counted, the first is when
  // the earliest call was sent that the arrival may be of.
  TimePoint from{};
  TimePoint decided{};
  // Of a call that went out: when the dependency was done with it. That is after its end if the
  // service answered without waiting for it any longer.
  TimePoint over{};
};

struct Verdicts {
  std::vector<Verdict> all{};        // in the order of `decided`
  bool attributed = false;           // by identity
  std::vector<TimePoint> extra{};    // arrivals beyond the first of a call
  std::vector<TimePoint> strange{};  // arrivals of no call
  // How long after its answer a call may still arrive, by identity: not zero for a service that
  // answers first and calls its dependency then. A call that was answered later than that before
  // the end of what was seen is not decided yet.
  Duration late{};
};

// Arrivals are attributed where at least nine in ten of those up to `calibrated_until` bring an
// identity, or nine in ten calls that were answered by then do, whatever else arrives; where
// nothing arrived until then, of all arrivals.
[[nodiscard]] Verdicts verdicts(const Seen& seen, TimePoint calibrated_until);

// A request whose caller was answered before the dependency was done with it holds a place of its
// service perhaps: a connection of a pool. Who waits in vain for that place waits about as long as
// that caller did, so such requests count for calls that took at least half as long, and not for
// those that were answered sooner.

// For each verdict: how many other calls were at the dependency all the time that its call took.
[[nodiscard]] std::vector<std::uint64_t> under_way(const Seen& seen, const Verdicts& verdicts);

// For each verdict: no other call was at the dependency at any time that its call took. What
// withholds calls because of others, such as a bulkhead, would have let this one out.
[[nodiscard]] std::vector<bool> alone(const Seen& seen, const Verdicts& verdicts);

}  // namespace tripcurve::through
