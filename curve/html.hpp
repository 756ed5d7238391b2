// Trip curves as a page: the picture, what crosses its limits, and a table of each curve.
#pragma once

#include <string>
#include <vector>

#include "curve/measure.hpp"
#include "curve/plot.hpp"
#include "curve/protection.hpp"

namespace tripcurve::curve {

[[nodiscard]] std::string html(const std::vector<Curve>& curves, const Plan& plan,
                               const Limits& limits, const std::vector<Crossing>& crossings);

}  // namespace tripcurve::curve
