// The findings of a sweep for people, within 80 columns.
#pragma once

#include <string>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

// All of it: the table, the recommendation and what it hangs on.
[[nodiscard]] std::string text_report(const Findings& findings);

}  // namespace tripcurve::sweep
