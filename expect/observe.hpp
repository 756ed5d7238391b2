// How metrics are read off a summary. Not for other folders.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "expect/metrics.hpp"

namespace tripcurve::expect {

using Observations = std::vector<Observation>;

// A stretch of the run that a scope selects: the whole of it, or one phase.
struct Stretch {
  const report::PhaseSummary* phase;
  std::string subject;  // which of several
  TimePoint begin;
  TimePoint end;  // as far as the run came; the last phase's reaches to the end of the last call
  bool to_the_end = false;  // of the run, so what happened at `end` is in it

  [[nodiscard]] bool holds(TimePoint when) const {
    return begin <= when && (when < end || (to_the_end && when == end));
  }
};

// Those that the run reached.
[[nodiscard]] std::vector<Stretch> stretches(const report::Summary& summary,
                                             const report::Scope& scope);

// The calls of a stretch, or of one endpoint in it; null when it has no such endpoint.
[[nodiscard]] const load::Counts* counts_of(const Stretch& stretch, const report::Scope& scope);

// One observation per stretch, made of its calls.
using OfCounts = std::function<Observation(const load::Counts&, const Stretch&)>;
[[nodiscard]] Observations by_counts(const report::Summary& summary, const report::Scope& scope,
                                     const OfCounts& observe);

// One observation per stretch from a distribution of its calls.
using Pick = std::function<Duration(const report::LatencyStats&)>;
using Stats = report::LatencyStats report::PhaseSummary::*;
[[nodiscard]] Observations by_latency(const report::Summary& summary, const report::Scope& scope,
                                      Stats stats, const Pick& pick);

// What happened to one breaker in a stretch.
struct BreakerStretch {
  const Stretch& stretch;
  const report::Summary& summary;
  std::size_t breaker;
  std::uint64_t calls;  // that came to it, or to its namesakes of other clients
  breaker::State at_begin;
  std::vector<const load::BreakerEvent*> events;  // within it, in order
};

// One observation per stretch and breaker.
using OfBreaker = std::function<std::optional<Observation>(const BreakerStretch&)>;
[[nodiscard]] Observations by_breaker(const report::Summary& summary, const report::Scope& scope,
                                      const OfBreaker& observe);

// The metrics of breakers that are more than a count.
[[nodiscard]] Observations time_to_open(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations time_to_half_open(const report::Summary& summary,
                                             const report::Scope& scope);
[[nodiscard]] Observations time_to_close(const report::Summary& summary,
                                         const report::Scope& scope);
[[nodiscard]] Observations missed_opens(const report::Summary& summary, const report::Scope& scope);

[[nodiscard]] bool opens(const breaker::Transition& transition);
[[nodiscard]] bool trips(const breaker::Transition& transition);  // from closed
[[nodiscard]] bool closes(const breaker::Transition& transition);

// Why a breaker had no reason to open in a stretch, in words: "no call failed: ...".
[[nodiscard]] std::string why_not_open(const report::Summary& summary, TimePoint begin,
                                       TimePoint end);

}  // namespace tripcurve::expect
