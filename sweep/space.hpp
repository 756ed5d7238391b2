// The settings that a sweep tries: the keys that --over names, the values of each, and the points
// of the space that they span.
//
//   client.breaker.failureRateThreshold=30,50,70     a list
//   client.breaker.waitDurationInOpenState=1s..60s   round values in between: 1s, 2s, 5s, 10s ...
//   load.timeout=200ms..2s/4                         four values, evenly spaced
//   load.timeout=10ms..10s/7log                      seven, each as many times the one before
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::sweep {

// A key of the experiment file and the values to try, as a file has them.
struct Knob {
  std::string key;                    // "client.breaker.failureRateThreshold"
  std::vector<std::string> values{};  // at least one; a step goes from one to the next
  std::string given{};                // all of it, as it was typed

  // The last part of the key: "failureRateThreshold".
  [[nodiscard]] std::string_view name() const;
};

inline constexpr std::size_t most_values = 1000;  // of a knob

// Refuses: no key, no values, an empty or repeated value, a range without numbers or that runs
// backwards, too many values.
[[nodiscard]] Result<Knob> parse_knob(std::string_view text);

// Which value of each knob, by index.
using Point = std::vector<std::uint32_t>;

struct Space {
  std::vector<Knob> knobs;
  std::vector<Point> points;  // each once; of the whole grid in its order, the last knob fastest
  bool whole = true;          // all points of the grid

  [[nodiscard]] double grid_size() const;
};

inline constexpr std::size_t most_knobs = 40;

// All points of the grid or, where there are more than `most`, that many that lie evenly in it:
// Sobol's sequence, snapped to the values. Refuses a key that is given twice.
[[nodiscard]] Result<Space> span(std::vector<Knob> knobs, std::size_t most);

// "failureRateThreshold=50 waitDurationInOpenState=10s"; "as it is" without knobs.
[[nodiscard]] std::string text_of(const std::vector<Knob>& knobs, const Point& point);

}  // namespace tripcurve::sweep
