// The places of a policy that lets only so many calls in at once, and the queue of those that wait
// for one, the oldest first.
//
// Rules as .NET's System.Threading.RateLimiting.ConcurrencyLimiter with OldestFirst: a place that
// becomes free belongs to the one that waits longest from that moment on.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "client/policy.hpp"

namespace tripcurve::client {

struct PlaceQueue {
  std::uint64_t most = 0;              // may wait
  std::optional<Duration> max_wait{};  // and no longer

  friend bool operator==(const PlaceQueue&, const PlaceQueue&) = default;
};

class Places {
 public:
  Places(std::uint64_t places, const PlaceQueue& queue) : places_(places), config_(queue) {}

  // From now on there are so many. Those that are inside stay; those that wait for a place that is
  // new get it with the next give_back().
  void resize(std::uint64_t places) { places_ = places; }

  // No place is free, and the queue is full.
  [[nodiscard]] bool is_full() const { return taken_ >= places_ && waiting_ >= config_.most; }
  // Somebody waits for a place.
  [[nodiscard]] bool is_awaited() const { return waiting_ > 0; }

  // What a Policy does when a call comes in, when its wait has been too long, and when it is given
  // up while nothing is inside of it.
  void enter(Client& client, FrameId frame, TimePoint now);
  void woken(Client& client, FrameId frame, TimePoint now);
  void given_up(Client& client, FrameId frame, TimePoint now);

  // What was inside has ended: the passage ends, and its place is free.
  void give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now);

 private:
  struct Passage {
    FrameId frame;
    std::uint64_t serial;
  };
  void take(Client& client, FrameId frame, TimePoint now);
  void leave_queue(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void hand_on_places(Client& client, TimePoint now);

  std::uint64_t places_;
  PlaceQueue config_;
  std::uint64_t taken_ = 0;
  std::uint64_t waiting_ = 0;  // of the queue, without those that have left it
  std::deque<Passage> queue_;
  std::deque<Passage> going_in_;  // have a place and are still to go in
  int leaving_ = 0;               // ends that are being told, one within the other
  bool letting_in_ = false;
};

}  // namespace tripcurve::client
