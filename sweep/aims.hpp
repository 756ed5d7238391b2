// What a sweep is to find: a quantity to make as small or as large as it can be, and what must hold
// beside it.
//
//   wasted_calls                          the mean over the runs of all scenarios
//   p95 time_to_close in down <= 10s      a percentile over the runs of one scenario
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "expect/expectation.hpp"
#include "sweep/measures.hpp"

namespace tripcurve::sweep {

// A number that many runs of one setting come to.
struct Quantity {
  std::size_t measure = 0;  // index into Aims::measures
  // The share of what was seen in the runs of a scenario that is not above it (nearest rank), in
  // the worst of the scenarios; none: the mean over the runs, and over the scenarios.
  std::optional<double> quantile{};
  std::optional<std::size_t> scenario{};  // none: all
  std::string text{};                     // as written, with single spaces
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

struct Goal {
  Quantity quantity;
  bool maximize = false;
};

struct Constraint {
  Quantity quantity;
  expect::Relation relation = expect::Relation::at_most;  // <, <=, >, >=
  double bound = 0;                                       // in the measure's unit
  std::string text{};
};

struct Aims {
  std::vector<Measure> measures;  // the sides first
  Goal goal;
  std::vector<Constraint> constraints;

  [[nodiscard]] const Measure& of(const Quantity& quantity) const {
    return measures[quantity.measure];
  }
};

// As typed; without a goal it is to minimize wasted_calls, and without constraints the usual ones
// hold.
struct AimTexts {
  std::optional<std::string> minimize{};
  std::optional<std::string> maximize{};
  std::vector<std::string> subject_to{};
};
inline constexpr std::string_view usual_goal = "wasted_calls";
[[nodiscard]] const std::vector<std::string>& usual_constraints();

// Refuses: both goals, an unknown metric or scenario (did you mean), a comparison or a bound that
// makes no sense for it. The Error names the flag.
[[nodiscard]] Result<Aims> parse_aims(const AimTexts& texts,
                                      const std::vector<std::string>& scenarios);

// By how much a value misses the constraint, as a share of its bound; zero when it holds.
[[nodiscard]] double violation(const Constraint& constraint, double value);

}  // namespace tripcurve::sweep
