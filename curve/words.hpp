// What is said of trip curves, in the terminal and on the page alike.
#pragma once

#include <string>
#include <vector>

#include "curve/measure.hpp"
#include "curve/plot.hpp"
#include "curve/protection.hpp"

namespace tripcurve::curve {

// "Time to open over the share of errors, 40 runs a point, seed 1"
[[nodiscard]] std::string heading(const Plan& plan);

// The table of a curve: a head, and a row for each severity.
[[nodiscard]] std::vector<std::vector<std::string>> table(const Plan& plan, const Curve& curve);

// The runs that tell nothing; "" if there are none.
[[nodiscard]] std::string early_runs(const Plan& plan, const Curve& curve);

// How often it opens while all is well, by which method; "" if nobody can say that.
[[nodiscard]] std::string everyday_trips(const Curve& curve);

// Whether all curves lie between their limits; "" if there are none.
[[nodiscard]] std::string verdict(const Limits& limits, const std::vector<Crossing>& crossings);

}  // namespace tripcurve::curve
