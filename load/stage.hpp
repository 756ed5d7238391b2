// A stretch of an open loop's time in which its rate is constant or changes linearly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::load {

struct Stage {
  Duration length{};
  Rate from;  // either may be 0/s, and a stage of nothing else makes no calls
  Rate to;

  friend bool operator==(const Stage&, const Stage&) = default;
};

// "10s 200/s" or, for a ramp, "10s 50/s->200/s".
[[nodiscard]] Result<Stage> parse_stage(std::string_view text);
[[nodiscard]] std::string format_stage(const Stage& stage);  // parsing it gives an equal stage

[[nodiscard]] Duration total_length(const std::vector<Stage>& stages);

}  // namespace tripcurve::load
