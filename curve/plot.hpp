// A trip curve for a terminal: the time to open on a logarithmic scale, over the severity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "curve/measure.hpp"
#include "curve/protection.hpp"

namespace tripcurve::curve {

// What is drawn beside the curves.
struct Limits {
  std::optional<std::uint32_t> workers{};
  std::vector<Blip> blips{};
};

// The median of each curve as its letter, A for the first, and a star where several meet; of one
// curve alone p5 to p95 as well.
// At most 80 columns.
[[nodiscard]] std::string plot(const std::vector<Curve>& curves, const Plan& plan,
                               const Limits& limits);

// The shortest time that is drawn, at least a millisecond.
[[nodiscard]] Duration shortest_time(const std::vector<Curve>& curves, const Plan& plan,
                                     const Limits& limits);

// The letter of the i-th curve: A to Z, and then again.
[[nodiscard]] char letter(std::size_t curve);

}  // namespace tripcurve::curve
