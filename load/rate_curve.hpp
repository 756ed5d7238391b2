// The rate of an open loop over time, and its integral: how many calls are due until when.
#pragma once

#include <vector>

#include "core/time.hpp"
#include "load/load_plan.hpp"

namespace tripcurve::load {

class RateCurve {
 public:
  explicit RateCurve(const OpenLoop& loop);

  // How many calls are due before `now`, on average and in fractions: the integral of the rate.
  [[nodiscard]] double calls_before(TimePoint now) const;

  // When the integral goes beyond `calls`; `never` if it does not. Cut to whole nanoseconds.
  [[nodiscard]] TimePoint beyond(double calls) const;

 private:
  struct Piece {
    double begin_ns = 0;
    double length_ns = 0;
    double calls_before = 0;
    double calls = 0;
    double from = 0;  // calls per second
    double to = 0;
    double gap_ns = 0;  // between two calls at `from`
  };

  std::vector<Piece> pieces_;
};

// The highest rate that the loop ever has.
[[nodiscard]] Rate highest_rate(const OpenLoop& loop);

}  // namespace tripcurve::load
