// Numbers of a sweep as people read them.
#pragma once

#include <string>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

// "84.3", "9.8s", "never" for what is infinite.
[[nodiscard]] std::string show(const Measure& measure, double value);
// With a sign: "+3.2", "-1.5s".
[[nodiscard]] std::string show_change(const Measure& measure, double value);
// "84.3 +- 2.1"; "9.8s (8.1s to 10.4s)" where the interval is not even; "0.02 by formula".
[[nodiscard]] std::string show(const Measure& measure, const Estimate& estimate);
[[nodiscard]] std::string show_change(const Measure& measure, const Estimate& estimate);

}  // namespace tripcurve::sweep
