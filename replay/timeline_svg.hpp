// The time of a trace as a picture: its calls and failures, its incidents, and when each setting
// had tripped. It stands alone: no script, no font and no file of somebody else's.
#pragma once

#include <string>

#include "replay/replay.hpp"

namespace tripcurve::replay {

[[nodiscard]] std::string timeline_svg(const Findings& findings);

}  // namespace tripcurve::replay
