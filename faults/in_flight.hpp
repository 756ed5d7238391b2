// How many requests are at the upstream: those whose answer is still to come. It goes by what was
// decided about each, so that both worlds count the same: that a client has left does not reach it,
// as it does not reach most servers. A request that hangs is never answered and does not count.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <vector>

#include "core/time.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {

// Thread-safe. Of one stream of requests.
class InFlight {
 public:
  // What `decide` does to a request that arrives at `now`, given the number in flight, it included.
  template <typename Decide>
  [[nodiscard]] Treatment admit(TimePoint now, Decide decide) {
    const std::scoped_lock lock(mutex_);
    while (!ends_.empty() && ends_.top() <= now) {
      ends_.pop();
    }
    const Treatment action = decide(std::uint64_t{ends_.size()} + 1);
    if (action.fate != Fate::hang) {
      ends_.push(now + action.delay);
    }
    return action;
  }

 private:
  std::mutex mutex_;  // guards ends_
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> ends_;
};

}  // namespace tripcurve::faults
