// When the next step of an answer goes out.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/time.hpp"

namespace tripcurve::net {

class StepTimer {
 public:
  explicit StepTimer(TimePoint begin) : due_(begin) {}

  // The next step is to come so long after the last one.
  void next(Duration after) { due_ += after; }

  // The bytes of a step have come as late as that: what follows counts from then.
  void came_at(TimePoint now) { due_ = std::max(due_, now); }

  // Whether to wait until due() before the step is done: it is early, or others have to have their
  // turn before.
  [[nodiscard]] bool must_wait(TimePoint now) {
    const bool is_early = due_ > now;
    if (!is_early && ++at_once_ < most_at_once) {
      due_ = std::max(due_, now - catching_up);
      return false;
    }
    at_once_ = 0;
    return true;
  }
  [[nodiscard]] TimePoint due() const { return due_; }

 private:
  // Steps that are late follow each other at once, but for those that are later than this: a client
  // that did not read for a while must not get what it missed in one burst.
  static constexpr Duration catching_up = std::chrono::milliseconds(20);

  // So many steps, and others have their turn: a client may read as fast as an endless body comes.
  static constexpr unsigned most_at_once = 64;

  TimePoint due_;
  unsigned at_once_ = 0;
};

}  // namespace tripcurve::net
