// What a replay found, for a terminal: at most 80 columns wide, but for causes and names.
#pragma once

#include <string>

#include "replay/replay.hpp"

namespace tripcurve::replay {

[[nodiscard]] std::string text_report(const Findings& findings);

}  // namespace tripcurve::replay
