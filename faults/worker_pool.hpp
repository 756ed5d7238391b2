// The workers of an upstream with a capacity: who works until when, and who waits. Of one stream of
// requests.
//
// The oldest request that waits is the next one. So what becomes of a request is known when it
// arrives, whatever arrives after it, and it is decided at once, in both worlds alike. That its
// client goes away does not reach the workers, as in most servers: they work on it all the same.
// (A topology's Node, which has workers and a queue, too, cannot know how long a call will hold its
// worker, and needs to be told of every end. This pool is asked once for each request, by any
// thread.)
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <vector>

#include "core/time.hpp"
#include "faults/capacity.hpp"

namespace tripcurve::faults {

// Thread-safe.
class WorkerPool {
 public:
  struct Fate {
    enum class Kind : std::uint8_t { served, full, shed } kind = Kind::served;
    Duration after{};  // since its arrival
  };

  // What becomes of a request that arrives at `now` and takes a worker for `service`. Another
  // number of workers than before holds from now on: those that are too many go when they have done
  // what they are at, the idle ones first.
  [[nodiscard]] Fate arrive(const Capacity& capacity, Duration service, TimePoint now);

 private:
  using Times = std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>>;

  std::mutex mutex_;    // guards all below
  TimePoint latest_{};  // a `now` that lags behind another thread's is taken as that one
  Times free_at_;       // by worker: when it has done all that it was given
  Times waits_until_;   // of those that wait
};

}  // namespace tripcurve::faults
