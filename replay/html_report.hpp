// What a replay found, as a page that needs nothing but itself: no script, no network.
#pragma once

#include <string>

#include "replay/replay.hpp"

namespace tripcurve::replay {

[[nodiscard]] std::string html_report(const Findings& findings);

}  // namespace tripcurve::replay
