// The formats, each in a file of its own.
#pragma once

#include "replay/format.hpp"

namespace tripcurve::replay {

[[nodiscard]] Format csv_format();
[[nodiscard]] Format counters_format();
[[nodiscard]] Format json_lines_format();
[[nodiscard]] Format common_format();
[[nodiscard]] Format combined_format();
[[nodiscard]] Format envoy_format();
[[nodiscard]] Format alb_format();

}  // namespace tripcurve::replay
