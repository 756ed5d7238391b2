// The workers of an upstream with a capacity: who works until when, and who waits. Of one stream of
// requests.
//
// Where the oldest request that waits is the next one, what becomes of a request is known when it
// arrives, whatever arrives after it, and it is decided at once, in both worlds alike. Where the
// newest is, later ones put it off: then it gets a ticket, and is asked for again when it would be
// done if nobody else came. That its client goes away does not reach the workers, as in most
// servers: they work on it all the same.
// (A topology's Node, which has workers and a queue, too, cannot know how long a call will hold its
// worker, and needs to be told of every end. This pool is asked by any thread, and told nothing.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "faults/capacity.hpp"

namespace tripcurve::faults {

// Thread-safe.
class WorkerPool {
 public:
  using Ticket = std::uint64_t;
  static constexpr Ticket no_ticket = 0;

  struct Fate {
    enum class Kind : std::uint8_t { served, full, shed } kind = Kind::served;
    Duration after{};           // since its arrival; with a ticket, no sooner than that
    Ticket ticket = no_ticket;  // others may come before it: postponed() says so then
  };

  // What becomes of a request that arrives at `now`, takes a worker for `service`, and is answered
  // `then` later. Another number of workers than before holds from now on: those that are too many
  // go when they have done what they are at, the idle ones first. Another order holds for who
  // arrives from now on; those that wait keep their places before it.
  [[nodiscard]] Fate arrive(const Capacity& capacity, Duration service, TimePoint now,
                            Duration then = {});

  // How much later than `now` the request with that ticket is answered, at the soonest; zero when
  // its answer is due.
  [[nodiscard]] Duration postponed(Ticket ticket, TimePoint now);

 private:
  using Times = std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>>;
  using Due = std::pair<TimePoint, Ticket>;
  struct Waiting {
    Ticket ticket = no_ticket;
    Duration service{};
    Duration then{};
  };

  void come_to(TimePoint now);
  void serve_newest(TimePoint begin);
  [[nodiscard]] TimePoint soonest_end(std::size_t index) const;

  std::mutex mutex_;    // guards all below
  TimePoint latest_{};  // a `now` that lags behind another thread's is taken as that one
  Times free_at_;       // by worker: when it has done all that it was given
  Times waits_until_;   // of those that wait
  Ticket last_ticket_ = no_ticket;
  std::vector<Waiting> waiting_;     // of those with a ticket, the newest last
  std::map<Ticket, TimePoint> due_;  // of those that a worker has taken: when they are answered
  std::priority_queue<Due, std::vector<Due>, std::greater<>> by_time_;  // the same
};

}  // namespace tripcurve::faults
