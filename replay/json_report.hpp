// What a replay found, as JSON: docs/json.md lists the fields.
#pragma once

#include <string>

#include "replay/replay.hpp"

namespace tripcurve::replay {

[[nodiscard]] std::string json_report(const Findings& findings);

}  // namespace tripcurve::replay
