// The time of a trace as a picture: its calls and failures, its incidents, and when each setting
// had tripped. It stands alone: no script, no font and no file of somebody else's.
#pragma once

#include <string>

#include "replay/replay.hpp"

namespace tripcurve::replay {

[[nodiscard]] std::string timeline_svg(const Findings& findings);

// Text as HTML and SVG show it.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace tripcurve::replay
