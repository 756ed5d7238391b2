// Lets only so many calls in at once; so many more may wait for a place, the oldest first.
//
// Rules as .NET's System.Threading.RateLimiting.ConcurrencyLimiter with OldestFirst: a place that
// becomes free belongs to the one that waits longest from that moment on.
#pragma once

#include <deque>
#include <optional>

#include "client/policy.hpp"

namespace tripcurve::client {

struct BulkheadConfig {
  std::uint64_t places = 1000;
  std::uint64_t queue = 0;             // may wait
  std::optional<Duration> max_wait{};  // and no longer

  friend bool operator==(const BulkheadConfig&, const BulkheadConfig&) = default;
};

class Bulkhead final : public Policy {
 public:
  explicit Bulkhead(const BulkheadConfig& config) : config_(config) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;
  void given_up(Client& client, FrameId frame, TimePoint now) override;

 private:
  struct Passage {
    FrameId frame;
    std::uint64_t serial;
  };
  void leave_queue(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void give_back(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void hand_on_place(Client& client);

  BulkheadConfig config_;
  std::uint64_t taken_ = 0;
  std::uint64_t waiting_ = 0;  // of the queue, without those that have left it
  std::deque<Passage> queue_;
  std::deque<Passage> going_in_;  // have a place and are still to go in
  int leaving_ = 0;               // ends that are being told, one within the other
  bool letting_in_ = false;
};

}  // namespace tripcurve::client
