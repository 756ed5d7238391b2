// The findings of a sweep for people, within 80 columns.
#pragma once

#include <string>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

// What is recommended, and what it hangs on.
[[nodiscard]] std::string recommendation_text(const Findings& findings);
// All of it, with the table of settings.
[[nodiscard]] std::string text_report(const Findings& findings);

}  // namespace tripcurve::sweep
