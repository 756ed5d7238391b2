// The findings of a sweep for programs. docs/json.md lists the fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sweep/findings.hpp"

namespace tripcurve::sweep {

// What is infinite, because it never came, is null.
[[nodiscard]] nlohmann::ordered_json json_of(const Findings& findings);

// One line for each setting and scenario, with every measure's mean, interval and percentiles.
[[nodiscard]] std::string ndjson_of(const Findings& findings);

// One line for each setting, means over all scenarios.
[[nodiscard]] std::string csv_of(const Findings& findings);

}  // namespace tripcurve::sweep
