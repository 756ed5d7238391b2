// "metric < bound", whatever the metrics are.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "expect/expectation.hpp"
#include "expect/metrics.hpp"

namespace tripcurve::expect {

// A comparison in its three parts, as written; the bound may be empty.
struct Comparison {
  std::string_view metric;
  Relation relation = Relation::less;
  std::string_view bound;
};
[[nodiscard]] Result<Comparison> parse_comparison(std::string_view text);

// The number of a bound, in the unit of the metric of that name.
[[nodiscard]] Result<double> parse_bound(std::string_view text, std::string_view metric, Unit unit);

// What a bound of that unit looks like: "250ms or 2s".
[[nodiscard]] std::string example(Unit unit);

[[nodiscard]] bool holds(double value, Relation comparison, double bound);

}  // namespace tripcurve::expect
