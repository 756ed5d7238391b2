// How a duration varies: the part of a DurationDistribution that a file of its own describes. What
// is always the same has no shape.
//
// Immutable, so safe to share between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"

namespace tripcurve::durations {

// What a draw may depend on beside chance.
struct Moment {
  TimePoint now{};
  std::uint64_t in_flight = 1;  // requests that are worked on, the one that is drawn for included
};

class Shape {
 public:
  Shape() = default;
  Shape(const Shape&) = delete;
  Shape& operator=(const Shape&) = delete;
  virtual ~Shape() = default;

  // The inverse of the distribution function, q in [0, 1). Of what depends on the moment: over all
  // times, and with nothing else in flight. The same holds of mean() and share_above().
  [[nodiscard]] virtual Duration quantile(double q) const = 0;
  [[nodiscard]] virtual Duration mean() const = 0;
  [[nodiscard]] virtual double share_above(Duration limit) const = 0;

  // The quantile at u to 1 part in 10^7, faster.
  [[nodiscard]] virtual Duration sample(double u) const { return quantile(u); }
  // One draw: the first number of the stream decides, unless it takes more than one.
  [[nodiscard]] virtual Duration draw(Random draws, const Moment& /*moment*/) const {
    return sample(draws.unit());
  }

  // draw() is sample() at the first number of the stream, whatever the moment is.
  [[nodiscard]] virtual bool takes_one_number() const { return true; }

  // The text form; parsing it gives an equal shape.
  [[nodiscard]] virtual std::string text() const = 0;
  // What people may not expect of it, in clauses.
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }

  // Moment::in_flight is looked at.
  [[nodiscard]] virtual bool counts_in_flight() const { return false; }
  // quantile() takes no longer than some functions of the C library.
  [[nodiscard]] virtual bool has_quick_quantile() const { return true; }
};

using ShapePtr = std::shared_ptr<const Shape>;

}  // namespace tripcurve::durations
