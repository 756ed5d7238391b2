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
  [[nodiscard]] TimePoint beyond(double calls) const {
    return is_constant_ ? time_of(calls * pieces_.front().gap_ns) : beyond_pieces(calls);
  }

 private:
  // Beyond what a Duration holds, 292 years, is beyond every plan's end.
  static constexpr double longest_ns = 9e18;
  static TimePoint time_of(double ns) {
    return ns < longest_ns ? at(Duration(static_cast<Duration::rep>(ns))) : never;
  }
  [[nodiscard]] TimePoint beyond_pieces(double calls) const;

  struct Piece {
    double begin_ns = 0;
    double length_ns = 0;
    double calls_before = 0;
    double calls = 0;
    double from = 0;  // calls per second
    double to = 0;
    double gap_ns = 0;  // between two calls at `from`
  };

  bool is_constant_;  // one piece, which never ends
  std::vector<Piece> pieces_;
};

// The highest rate that the loop ever has.
[[nodiscard]] Rate highest_rate(const OpenLoop& loop);

}  // namespace tripcurve::load
