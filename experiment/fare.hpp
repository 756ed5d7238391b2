// How calls fare that meet an upstream's behaviour, and what a breaker makes of it: for judging
// settings before anything runs. Not for other folders.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "breaker/dialect.hpp"
#include "core/call_end.hpp"
#include "core/outcome_rules.hpp"
#include "core/time.hpp"
#include "faults/behaviour.hpp"

namespace tripcurve::experiment {

struct EndShare {
  CallEnd end;
  double share = 0;  // of the calls
};

// How calls fare: their ends, each of them once, and how long an answer takes, half of the time.
struct Fare {
  std::vector<EndShare> ends{};
  Duration latency{};

  void add(CallEnd end, double share);
};

// Calls that meet this behaviour, `turned_away` of those that it serves by a limit.
[[nodiscard]] Fare fare_of(const faults::Behaviour& behaviour, double turned_away,
                           std::uint16_t limit_status, Duration timeout);

// Calls that a service answers with an error at that share, and after that time; a timeout of zero
// is none.
[[nodiscard]] Fare fare_of(double fails, Duration takes, Duration timeout);

// Calls that take turns at these.
[[nodiscard]] Fare mixed(const std::vector<Fare>& fares);

// The same for calls of which each fare has its part: of any sum.
struct Portion {
  double part = 0;
  Fare fare{};
};
[[nodiscard]] Fare mixed(const std::vector<Portion>& portions);

// What a breaker makes of it.
struct Seen {
  double errors = 0;
  double uncounted = 0;
  Duration latency{};
  std::vector<breaker::Uncounted> ends{};

  [[nodiscard]] bool is_worse_than(const Seen& other) const {
    return std::tie(errors, uncounted, latency) >
           std::tie(other.errors, other.uncounted, other.latency);
  }
};

[[nodiscard]] Seen seen_by_breaker(const Fare& fare, const OutcomeRules& rules,
                                   bool ignored_fills_window);

}  // namespace tripcurve::experiment
