// The twin of a run: the same seed, load and faults with another breaker, usually none, and what
// the breaker has changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/summary.hpp"

namespace tripcurve::report {

// What the run with its breaker has that its twin has not: a section of the text report, with the
// numbers of both side by side and what they mean in a sentence. Empty where there is no twin.
[[nodiscard]] std::string versus_text(const Summary& summary);

// The same of a service that calls went through: as observed, and with the breaker that it should
// have. Not for other folders.
[[nodiscard]] std::string like_text(const Summary& summary);

}  // namespace tripcurve::report
