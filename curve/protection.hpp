// What a trip curve has to lie between. Below is the inrush: blips of everyday life, at which a
// breaker must not open. Above is the damage: when the caller's own pool is exhausted, before which
// it must.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "curve/measure.hpp"

namespace tripcurve::curve {

// "30% 2s": so bad, by the axis, for so long.
struct Blip {
  double severity = 0;
  Duration lasts{};
  friend bool operator==(const Blip&, const Blip&) = default;
};
[[nodiscard]] Result<Blip> parse_blip(std::string_view text, const Axis& axis);

// When `workers` of the caller are all busy after the upstream has become so bad: after
// workers / rate, if every call holds its worker that long or longer (the fluid limit: nobody is
// done by then), and later if only a share of the calls does. A call holds its worker until its
// answer or its timeout. None if they never are.
[[nodiscard]] std::optional<Duration> exhausted_after(std::uint32_t workers, const Plan& plan,
                                                      double severity);

// What is wrong with a curve, a sentence each.
struct Crossing {
  std::size_t breaker = 0;  // index of the curve
  std::string text;
};
// The breaker opens in more than one of twenty runs within a blip; which is looked up at the
// severity that is measured next above, or at the last one.
[[nodiscard]] std::vector<Crossing> nuisance_trips(const std::vector<Curve>& curves,
                                                   const Axis& axis,
                                                   const std::vector<Blip>& blips);
// It is still closed in more than one of twenty runs when the pool is exhausted.
[[nodiscard]] std::vector<Crossing> late_trips(const std::vector<Curve>& curves, const Plan& plan,
                                               std::uint32_t workers);

}  // namespace tripcurve::curve
