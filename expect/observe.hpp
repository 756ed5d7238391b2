// How metrics are read off a summary. Not for other folders.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "expect/metrics.hpp"
#include "report/history.hpp"

namespace tripcurve::expect {

using Observations = std::vector<Observation>;

// A stretch of the run that a scope selects: the whole of it, or one phase.
struct Stretch {
  const report::PhaseSummary* phase;
  std::string subject;  // which of several
  // As far as the run came; the last phase's reaches to the end of the last call.
  report::Span span;
  // As long as it lasted, which the times in states add up to.
  [[nodiscard]] report::Span lasted() const { return {span.begin, span.begin + phase->lasted}; }
};

// Those that the run reached.
[[nodiscard]] std::vector<Stretch> stretches(const report::Summary& summary,
                                             const report::Scope& scope);

// The calls of a stretch, or of one endpoint in it; null when it has no such endpoint.
[[nodiscard]] const load::Counts* counts_of(const Stretch& stretch, const report::Scope& scope);

[[nodiscard]] inline double as_number(std::uint64_t n) { return static_cast<double>(n); }

// A part of samples, as a share of them.
[[nodiscard]] inline Observation share_of(std::uint64_t part, std::uint64_t whole) {
  Observation observation{.samples = whole};
  if (whole > 0) {
    observation.value = as_number(part) / as_number(whole);
  }
  return observation;
}

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
  const report::History& history;
  std::uint64_t calls;  // that came to it, or to its namesakes of other clients
};

// One observation per stretch and breaker.
using OfBreaker = std::function<Observation(const BreakerStretch&)>;
[[nodiscard]] Observations by_breaker(const report::Summary& summary, const report::Scope& scope,
                                      const OfBreaker& observe);

// The metrics of breakers that are more than a count.
[[nodiscard]] Observations time_to_open(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations time_to_half_open(const report::Summary& summary,
                                             const report::Scope& scope);
[[nodiscard]] Observations time_to_close(const report::Summary& summary,
                                         const report::Scope& scope);
[[nodiscard]] Observations missed_opens(const report::Summary& summary, const report::Scope& scope);

// The metrics of services and of the order in which breakers open (observe_services.cpp).
using OfService = double (*)(const report::ServiceNumbers& numbers);
[[nodiscard]] Observations by_service(const report::Summary& summary, const report::Scope& scope,
                                      OfService observe);
[[nodiscard]] Observations selectivity(const report::Summary& summary, const report::Scope& scope);

// The metrics of a breaker's transitions.
[[nodiscard]] Observations opens(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations trips(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations closes(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations false_opens(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations flaps_per_min(const report::Summary& summary,
                                         const report::Scope& scope);
[[nodiscard]] Observations probes_per_half_open(const report::Summary& summary,
                                                const report::Scope& scope);
[[nodiscard]] Observations max_concurrent_probes(const report::Summary& summary,
                                                 const report::Scope& scope);
[[nodiscard]] Observations transitions(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations time_in(const report::Summary& summary, const report::Scope& scope,
                                   breaker::State state);

// The metrics of a service that calls went through (observe_through.cpp): calls that it answered
// without calling its dependency; of these, those that it did not answer well; what arrived while
// its breaker was open; and what nobody can say of it.
[[nodiscard]] Observations withheld(const report::Summary& summary, const report::Scope& scope);
[[nodiscard]] Observations withheld_share(const report::Summary& summary,
                                          const report::Scope& scope);
[[nodiscard]] Observations withheld_badly_share(const report::Summary& summary,
                                                const report::Scope& scope);
[[nodiscard]] Observations arrived_while_open(const report::Summary& summary,
                                              const report::Scope& scope);
[[nodiscard]] Observations behaves_as_configured(const report::Summary& summary,
                                                 const report::Scope& scope);
// A metric of each dependency that the scope is about, of a service that has several
// (observe_dependencies.cpp).
[[nodiscard]] Observations by_dependency(const Metric& metric, const report::Summary& summary,
                                         const report::Scope& scope,
                                         std::optional<breaker::State> state);
[[nodiscard]] Observations not_known_of_a_service(const report::Summary& summary,
                                                  const report::Scope& scope);
// What the time from `begin` to a change at `came` lies between, in milliseconds, and how uncertain
// the time in a state is: of a breaker that is only observed.
[[nodiscard]] std::optional<std::pair<double, double>> observed_between(
    const report::History& history, TimePoint came, TimePoint begin);
[[nodiscard]] std::optional<double> uncertain_time_in(const report::History& history,
                                                      breaker::State state,
                                                      const report::Span& span);

// What a service says itself of its breaker (observe_claimed.cpp).
[[nodiscard]] Observations claimed_state_lag(const report::Summary& summary,
                                             const report::Scope& scope);
[[nodiscard]] Observations claimed_state_wrong(const report::Summary& summary,
                                               const report::Scope& scope);

// What was calculated beforehand (observe_forecast.cpp).
[[nodiscard]] Observations false_trips_per_month(const report::Summary& summary,
                                                 const report::Scope& scope);

// Metrics of phases that are more than a number of the summary.
[[nodiscard]] Observations peak_after_close(const report::Summary& summary,
                                            const report::Scope& scope);
[[nodiscard]] Observations saved_requests(const report::Summary& summary,
                                          const report::Scope& scope);
[[nodiscard]] Observations availability_gain(const report::Summary& summary,
                                             const report::Scope& scope);

// Why a breaker had no reason to open in a stretch, as a sentence about the calls that came to it:
// "3 of its 120 calls failed (2.5%)".
[[nodiscard]] std::string why_not_open(const report::Summary& summary, std::size_t breaker,
                                       const report::Span& span);

}  // namespace tripcurve::expect
