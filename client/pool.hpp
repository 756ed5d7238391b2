// Places of which there are more for a while: as many as a pool has threads.
//
// Rules of java.util.concurrent.ThreadPoolExecutor, which resilience4j's
// FixedThreadPoolBulkhead.java (2.4.0) is made of: up to `core` calls run at once, more wait in the
// queue, and only when that is full there is another place, up to `most`. The call for which it was
// made goes in at once, ahead of those that wait. A place above `core` that nobody has taken for
// `keep_alive` is no more. Of the places that are free, the next call takes the one that has been
// so for longest, as an ArrayBlockingQueue hands to those who wait for it; without a queue, nothing
// depends on that.
#pragma once

#include <cstdint>
#include <deque>

#include "client/places.hpp"

namespace tripcurve::client {

struct PoolSize {
  std::uint64_t core = 0;
  std::uint64_t most = 0;  // at least `core`
  Duration keep_alive = std::chrono::milliseconds(20);

  friend bool operator==(const PoolSize&, const PoolSize&) = default;
};

class Pool {
 public:
  Pool(const PoolSize& size, const PlaceQueue& queue)
      : config_(size), size_(size.core), places_(size.core, queue) {}

  // As Places.
  void enter(Client& client, FrameId frame, TimePoint now);
  void woken(Client& client, FrameId frame, TimePoint now) { places_.woken(client, frame, now); }
  void given_up(Client& client, FrameId frame, TimePoint now);
  void give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now);

 private:
  void let_idle_go(TimePoint now);
  void note_idle(TimePoint now);

  PoolSize config_;
  std::uint64_t size_;
  Places places_;
  std::deque<TimePoint> idle_;  // above `core`: when each free place is no more, the oldest first
};

}  // namespace tripcurve::client
