#include "forecast/false_trips.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include "core/ensure.hpp"
#include "forecast/everyday.hpp"
#include "forecast/importance.hpp"
#include "forecast/stream.hpp"
#include "theory/cycle.hpp"
#include "theory/trips.hpp"

namespace tripcurve::forecast {
namespace {

using breaker::TripRule;

// Trips that make a simulation's error below a seventh.
constexpr double trips_enough = 50;

// The dialects whose rules of rows and of windows of calls the theory describes to the letter;
// tests/forecast holds each to the breaker itself.
constexpr std::array<std::string_view, 10> exact{
    "classic",    "resilience4j", "resilience4j-lockfree",
    "gobreaker",  "polly7",       "vertx",
    "cockatiel",  "cockatiel3",   "failsafe",
    "failsafe-go"};

// The rules that calls of that day can meet at all.
std::vector<TripRule> possible_rules(const breaker::Facts& facts, const Baseline& baseline) {
  std::vector<TripRule> rules;
  std::ranges::copy_if(facts.trips, std::back_inserter(rules), [&](const TripRule& rule) {
    return rule.of_slow_calls ? baseline.share_slower(rule.slow_from) > 0 : baseline.failures > 0;
  });
  return rules;
}

// The number in a month, when each trip takes so many calls to come.
double per_month(const breaker::Facts& facts, const Baseline& baseline, double calls) {
  if (std::isinf(calls)) {
    return 0;
  }
  const auto cycle =
      theory::long_run(calls, baseline.calls_per_second, baseline.failures,
                       to_seconds(facts.open_for), std::max<std::uint64_t>(1, facts.trials_needed));
  return to_seconds(month) / cycle.all_s();
}

Method method_of(theory::Form form) {
  switch (form) {
    case theory::Form::closed:
      return Method::closed_form;
    case theory::Form::chain:
      return Method::exact_chain;
    case theory::Form::scan:
    case theory::Form::estimate:
      return Method::approximation;
  }
  return Method::approximation;
}

// New breakers, one after the other, each until it trips.
struct Simulated {
  double calls = 0;    // in all
  double trips = 0;    // that they brought
  double squares = 0;  // of the calls until each

  // Calls until a trip, from the mean `errors` standard errors of the number of trips away.
  [[nodiscard]] double calls_until_trip(double errors) const {
    if (trips == 0) {
      // None is seen of up to three expected, in 19 of 20 cases.
      return errors > 0 ? calls / 3 : std::numeric_limits<double>::infinity();
    }
    // Few trips tell nothing of how they are spread; what is rare comes at any time.
    const double mean = calls / trips;
    const double spread = std::sqrt(std::max(0.0, squares / trips / (mean * mean) - 1));
    const double variation = trips < trips_enough ? std::max(1.0, spread) : spread;
    return calls / std::max(1e-9, trips + errors * variation * std::sqrt(trips));
  }
};

Simulated simulate(const breaker::Choice& breaker, const Baseline& baseline, const Effort& effort) {
  const Everyday everyday(baseline, Duration{});
  const Random root = Random(effort.seed).fork("everyday");
  Simulated found;
  for (std::uint64_t i = 0; found.calls < static_cast<double>(effort.calls); ++i) {
    auto random = root.fork(i);
    Stream stream(breaker, random.fork("breaker"));
    const auto& odds = everyday.odds();
    bool after_failure = random.unit() < baseline.failures;
    const auto most = effort.calls - static_cast<std::uint64_t>(found.calls);
    std::uint64_t calls = 0;
    bool trips = false;
    while (!trips && calls < most) {
      const auto call = everyday.draw(random, odds, after_failure);
      after_failure = call.fails;
      trips = stream.call(call);
      ++calls;
    }
    const auto made = static_cast<double>(calls);
    found.calls += made;
    if (trips) {
      ++found.trips;
      found.squares += made * made;
    }
  }
  return found;
}

FalseTrips said_by(const Simulated& found, const breaker::Facts& facts, const Baseline& baseline) {
  const auto trips = [&](double errors) {
    return per_month(facts, baseline, found.calls_until_trip(errors));
  };
  return {.per_month = trips(0),
          .low = trips(-1.96),
          .high = trips(1.96),
          .method = Method::simulation};
}

FalseTrips certain(double per_month, Method method) {
  return {.per_month = per_month, .low = per_month, .high = per_month, .method = method};
}

}  // namespace

std::optional<FalseTrips> by_theory(const breaker::Choice& breaker, const Baseline& baseline) {
  const auto facts = breaker.facts();
  const auto rules = possible_rules(facts, baseline);
  if (rules.empty()) {
    return certain(0, Method::closed_form);
  }
  if (rules.size() > 1 || std::ranges::find(exact, breaker.dialect().name) == exact.end()) {
    return std::nullopt;
  }
  auto rule = rules.front();
  double share = baseline.failures;
  double stickiness = baseline.stickiness.value_or(share);
  if (rule.of_slow_calls && baseline.poisson) {
    // Slow calls among those of a Poisson stream end as independently as they begin.
    rule.of_slow_calls = false;
    stickiness = share = baseline.share_slower(rule.slow_from);
  }
  const auto calls = theory::calls_until_trip(rule, baseline.calls_per_second, share, stickiness);
  // Of windows of time the theory has only estimates, and a row that they cut is none.
  return calls && rule.window == Duration{}
             ? std::optional(
                   certain(per_month(facts, baseline, calls->mean), method_of(calls->form)))
             : std::nullopt;
}

FalseTrips by_simulation(const breaker::Choice& breaker, const Baseline& baseline,
                         const Effort& effort) {
  return said_by(simulate(breaker, baseline, effort), breaker.facts(), baseline);
}

std::optional<FalseTrips> by_importance(const breaker::Choice& breaker, const Baseline& baseline,
                                        const Effort& effort) {
  const auto rare = rare_trips(breaker, baseline, effort);
  if (!rare) {
    return std::nullopt;
  }
  const auto facts = breaker.facts();
  const auto trips = [&](double errors) {
    return per_month(facts, baseline, 1 / std::max(0.0, rare->mean + errors * rare->error));
  };
  return FalseTrips{.per_month = trips(0),
                    .low = trips(-1.96),
                    .high = trips(1.96),
                    .method = Method::importance_sampling};
}

FalseTrips false_trips(const breaker::Choice& breaker, const Baseline& baseline,
                       const Effort& effort) {
  ENSURE(baseline.calls_per_second > 0 && baseline.failures < 1);
  if (const auto exactly = by_theory(breaker, baseline)) {
    return *exactly;
  }
  const Effort half{.calls = effort.calls / 2, .seed = effort.seed};
  const Effort glance{.calls = half.calls / 8, .seed = effort.seed};
  // Of those whose trips can be counted, one of 500 shows none at a glance.
  std::optional<Simulated> simulated;
  if (simulate(breaker, baseline, glance).trips > 0) {
    simulated = simulate(breaker, baseline, half);
    if (simulated->trips >= trips_enough) {
      return said_by(*simulated, breaker.facts(), baseline);
    }
  }
  const auto by_weighing = by_importance(breaker, baseline, half);
  if (by_weighing && by_weighing->per_month > 0) {
    return *by_weighing;
  }
  return said_by(simulated ? *simulated : simulate(breaker, baseline, half), breaker.facts(),
                 baseline);
}

}  // namespace tripcurve::forecast
