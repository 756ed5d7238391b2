// The further dependencies of a service that calls went through. Not for other folders.
#pragma once

#include <string>

#include "report/summary.hpp"

namespace tripcurve::report {

// A block for each, and an empty line behind it: by its phases, what arrived there and what the
// service withheld. Nothing where there is only one.
[[nodiscard]] std::string dependencies_text(const Summary& summary);

}  // namespace tripcurve::report
