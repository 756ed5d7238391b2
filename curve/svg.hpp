// A trip curve as a picture: SVG for a page, a document or a pull request. It stands alone: no
// script, no font and no file of somebody else's.
#pragma once

#include <string>
#include <vector>

#include "curve/measure.hpp"
#include "curve/plot.hpp"

namespace tripcurve::curve {

// Of each curve the median as a line, p5 to p95 as a band, and the mean by a closed form, dashed.
// Points at which most runs did not open are dots on the line "never". What limits the curves is
// shaded: the damage above, from when all workers are busy, and each blip below.
[[nodiscard]] std::string svg(const std::vector<Curve>& curves, const Plan& plan,
                              const Limits& limits);

}  // namespace tripcurve::curve
