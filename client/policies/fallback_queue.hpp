// A fallback that queues a failed call and answers at once that it will be made: what an outbox, or
// a worker behind a queue, does (Chris Richardson, "Transactional outbox").
//
// The queue is bounded. It is drained from its head, so calls are made again in the order in which
// they came in. What fails again stays in its place, and the head is tried alone every
// `retry_every` until it succeeds; from then on up to `drain` calls go at once, each success
// letting the next one in. With `drain` above 1 they begin in order, but need not end in it. When
// the queue is full, a call's own failure is handed on, or the oldest that waits is dropped and
// counted as lost.
//
// Each instance has a queue of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "client/per_instance.hpp"
#include "client/policies/fallback.hpp"

namespace tripcurve::client {

class QueuedFallback final : public Policy {
 public:
  QueuedFallback(FallbackConfig config, const CallFacts& facts);

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;

 private:
  struct Waiting {
    FrameId frame = no_frame;
    TimePoint since{};
    std::uint64_t order = 0;
  };
  struct Queue {
    std::deque<Waiting> waiting;  // by order
    std::vector<Waiting> inside;  // let in again, at most `drain`
    FrameId woken = no_frame;     // the one that has asked to be woken
    TimePoint not_before{};       // the next is let in
    bool failing = false;         // the latest that ended has failed
    bool letting_in = false;
    std::uint64_t queued = 0;
    std::uint64_t left = 0;  // drained or lost

    [[nodiscard]] std::size_t size() const { return waiting.size() + inside.size(); }
  };

  void put_in(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void drop_oldest(Client& client, Queue& queue, TimePoint now);
  void tried_again(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  [[nodiscard]] bool has_turn(const Queue& queue) const;
  void let_in(Client& client, Queue& queue, TimePoint now);
  void ask_to_be_woken(Client& client, Queue& queue) const;
  static void check(const Queue& queue);

  FallbackConfig config_;
  QueuedAnswer answer_;
  Duration gap_{};  // between two that are let in
  PerInstance<Queue> queues_;
};

}  // namespace tripcurve::client
