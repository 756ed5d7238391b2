// What YARP remembers of one destination's results: the calls of a window and how many failed.
//
// Rules (ProxiedRequestHistory of TransportFailureRateHealthPolicy.cs, YARP 2.3.0, executed):
//   record    results are added up in a record. The first result, and the first one at or after the
//             record's stamp, begins a new one, whose stamp is a second after that result
//   leaving   at each result, after it was added, closed records leave whose stamp is more than
//             (>) the window ago: a result counts for up to a second longer than the window
//   window    its seconds times the clock's ticks, in double: a few windows, such as 2002ms, come
//   out
//             an ulp too short, so that records leave at their very end. Ticks are milliseconds
//             here, as in the recordings
#pragma once

#include <cstdint>
#include <deque>

#include "core/time.hpp"

namespace tripcurve::breaker {

class YarpHistory {
 public:
  void add(bool failed, Duration window, TimePoint now);

  [[nodiscard]] std::uint64_t calls() const { return total_.calls; }
  [[nodiscard]] std::uint64_t failures() const { return total_.failures; }

  // The share of failures, or 0 when there are fewer results than `minimum`.
  [[nodiscard]] double failure_rate(std::uint64_t minimum) const;

 private:
  struct Results {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
  };
  struct Record {
    TimePoint stamp;
    Results results;
  };

  void make_room(TimePoint now);

  std::deque<Record> closed_;  // oldest first
  Record open_{};
  bool has_open_ = false;
  Results total_;
};

}  // namespace tripcurve::breaker
