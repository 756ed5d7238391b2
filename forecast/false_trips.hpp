// How often a breaker opens although nothing is wrong on purpose.
//
// By a formula or an exact chain where these are known to hold for the breaker's own library (a
// test holds them to it). Otherwise the breaker itself is driven through everyday calls: simulated
// if that brings trips enough, and else by importance sampling, which makes failures more frequent
// and weighs what comes of it (J. Naiman and C. Priebe, "Computing Scan Statistic p Values Using
// Importance Sampling", JCGS 10, 2001; the weights are those of the balance heuristic, E. Veach and
// L. Guibas, SIGGRAPH 1995).
//
// Pure: the same arguments give the same answer. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "breaker/registry.hpp"
#include "core/duration_distribution.hpp"
#include "core/time.hpp"

namespace tripcurve::forecast {

// The traffic of one breaker on a good day, one attempt a call.
struct Baseline {
  double calls_per_second = 0;  // above 0
  bool poisson = true;          // otherwise evenly spaced
  double failures = 0;          // share of the calls that the breaker counts as failures, below 1
  DurationDistribution latency{};  // how long calls take, if they are waited for
  // The share of failures that are followed by another, below 1; none: failures are independent.
  std::optional<double> stickiness{};
  Duration timeout{};  // no call takes longer; zero: there is none

  // How long a call takes that would take that long without the timeout.
  [[nodiscard]] Duration cut(Duration takes) const {
    return timeout > Duration{} && takes > timeout ? timeout : takes;
  }
  // The share of the calls that take longer than `limit`, or so long if that is the timeout.
  [[nodiscard]] double share_slower(Duration limit) const {
    return timeout > Duration{} && limit > timeout ? 0 : latency.share_above(limit);
  }
};

inline constexpr Duration month = std::chrono::hours(30 * 24);

enum class Method : std::uint8_t {
  closed_form,          // a formula that is exact
  exact_chain,          // the chain of what the breaker's window holds, solved
  approximation,        // of scan statistics, within 1 %
  simulation,           // of the breaker
  importance_sampling,  // of the breaker
};

struct FalseTrips {
  double per_month = 0;  // mean number of trips in 30 days; the open times in between count as time
  // The 95 % interval; of methods without chance it is `per_month` itself.
  double low = 0;
  double high = 0;
  Method method = Method::closed_form;

  friend bool operator==(const FalseTrips&, const FalseTrips&) = default;
};

struct Effort {
  std::uint64_t calls = 2'000'000;  // that may be simulated, in all; each takes below 0.1 us
  std::uint64_t seed = 1;
};

[[nodiscard]] FalseTrips false_trips(const breaker::Choice& breaker, const Baseline& baseline,
                                     const Effort& effort = {});

// The parts of it: none where no exact method is known to hold for the breaker; what a simulation
// says, from however few trips; and importance sampling, none if no rule tells what to look for.
[[nodiscard]] std::optional<FalseTrips> by_theory(const breaker::Choice& breaker,
                                                  const Baseline& baseline);
[[nodiscard]] FalseTrips by_simulation(const breaker::Choice& breaker, const Baseline& baseline,
                                       const Effort& effort);
[[nodiscard]] std::optional<FalseTrips> by_importance(const breaker::Choice& breaker,
                                                      const Baseline& baseline,
                                                      const Effort& effort);

}  // namespace tripcurve::forecast
