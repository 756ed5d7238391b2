// The findings of a sweep as a page that stands alone: what is recommended, every setting as a dot
// between what it costs and what it does, and all of them as a table.
#pragma once

#include <string>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

[[nodiscard]] std::string html_report(const Findings& findings);

}  // namespace tripcurve::sweep
