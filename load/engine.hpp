// The load generator as one machine without I/O: pacing, breaker, deadlines, in-flight cap and
// bookkeeping. It is told the time and what happened, and answers with what to do. It has no clock,
// no thread, no socket, and allocates nothing per call; the wire (net/client) and the simulator
// (sim/world) are two drivers of the same object.
//
//   for (;;) {
//     while (auto action = engine.next(now)) carry_out(*action);   // send or cancel
//     if (engine.done()) break;
//     wait for an answer, or until engine.next_due();
//     engine.finished(slot, how_it_ended, now);                    // for each that ended
//   }
//
// The order of one instant, in both worlds: timers of breakers, deadlines and answers, callers that
// wait, and then calls that are due. What next() or finished() finds due at its `now` counts as one
// instant, so on the wire, where clocks are never equal, it is as long as the driver looks away. A
// call that is due at the very instant at which the open time ends is therefore let out by a
// breaker that ends it by a timer. Of one that looks at the time when it is asked, the library's
// own rule decides (>= lets it out, > rejects it); on the wire the question comes some microseconds
// after the call was due, so there > lets it out, too.
//
// The cap on calls in flight is the generator's, not the client's under test, so no breaker ever
// hears of it. At the cap, a call whose breaker lets calls out, as closed or half-open breakers do,
// is dropped without asking. One whose breaker claims to be open is asked for, since a rejection
// needs no room; if that lets it out, as the trial that it then is, it goes out beyond the cap.
// There is room for one such call per breaker.
//
// Not thread-safe: one engine per thread. Several share a load by `shard`: engine i of n makes the
// calls k with k mod n = i (closed loop: every n-th worker).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/pacer.hpp"
#include "load/tally.hpp"

namespace tripcurve::load {

struct Instruction {
  enum class Kind : std::uint8_t {
    send,    // send request `ordinal` to `endpoint`, and tell finished(slot, ...) how it ended
    cancel,  // the time of the call in `slot` is over: close its connection, and tell
             // finished(slot, ...) with this `now`, before anything else, how far it had come
  };
  Kind kind;
  std::uint32_t slot;
  std::uint64_t ordinal;
  std::uint32_t endpoint;
  Leave leave{};  // of a call to send
};

class Engine {
 public:
  // `plan` and `bank` must outlive the engine. A plan of no workers for this shard is done at once.
  Engine(const LoadPlan& plan, std::uint32_t shard, BreakerBank& bank);

  // What to do at `now`, one thing at a time, until there is none.
  [[nodiscard]] std::optional<Instruction> next(TimePoint now);

  // When next() will have something to do, if nothing else happens before; `never` if nothing.
  [[nodiscard]] TimePoint next_due() const;

  // The call in `slot` has its connection; the head of its answer is there, and the rest is not. For
  // breakers that heed it; what a driver does not tell is taken from how the call ends.
  [[nodiscard]] bool heeds_progress() const { return bank_.heeds_progress(); }
  void connected(std::uint32_t slot, TimePoint now);
  void answering(std::uint32_t slot, std::uint16_t status, TimePoint now);

  // The call in `slot` ended at `now`. Timers of breakers that are due by then come first.
  void finished(std::uint32_t slot, CallEnd end, TimePoint now);

  // Ends every call under way as unfinished: the driver closes all connections and calls nothing
  // but the accessors from here on.
  void abandon();

  // No call is due any more and none is under way.
  [[nodiscard]] bool done() const { return arrivals_over_ && in_flight_ == 0 && held_.empty(); }

  // How many calls are likely to be under way soon after the start: all workers, or what is due in
  // 10 ms. For a driver that opens connections ahead.
  [[nodiscard]] std::uint32_t early_in_flight() const;

  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] Snapshot snapshot(TimePoint now, bool with_tally = false) const;

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  // A call under way, in a slab. Those sent form a list in the order of sending, which is the order
  // of their deadlines because every call has the same timeout.
  struct Call {
    TimePoint intended;
    TimePoint sent;
    std::uint64_t ordinal = 0;
    breaker::Permit permit;
    std::uint32_t instance = 0;
    std::uint32_t endpoint = 0;
    std::uint32_t phase = 0;
    std::uint32_t older = none;
    std::uint32_t newer = none;
    bool under_way = false;
  };

  // Workers of a closed loop that will call again, in the order they are due. Thinking and pausing
  // last equally long for all, so each is a queue and no sorting is needed.
  struct Worker {
    TimePoint due;
    std::uint32_t instance = 0;
  };
  struct WorkerQueues {
    std::deque<Worker> thinking;
    std::deque<Worker> pausing;
    std::uint64_t calls = 0;
    std::vector<std::uint64_t> calls_of;  // by instance
  };

  // A call that came due.
  struct Arrived {
    std::uint64_t ordinal = 0;
    std::uint32_t instance = 0;
    std::uint64_t turn = 0;  // at the endpoints
  };

  [[nodiscard]] TimePoint next_arrival() const;
  [[nodiscard]] Arrived take_arrival();
  [[nodiscard]] std::optional<Instruction> start_call(TimePoint now);
  [[nodiscard]] Counts& counts_of(const Call& call) {
    return tally_.phases[call.phase].endpoints[call.endpoint].counts;
  }
  [[nodiscard]] std::size_t breaker_of(const Call& call) const {
    return bank_.breaker_of(call.instance, call.endpoint);
  }
  void tick_breakers(TimePoint now);
  [[nodiscard]] bool has_room(const Call& call) const;
  void drop(std::uint32_t slot);
  void reject(std::uint32_t slot, TimePoint now);
  [[nodiscard]] std::optional<Instruction> answered(std::uint32_t slot,
                                                    const breaker::Admission& admission,
                                                    TimePoint now);
  [[nodiscard]] std::optional<Instruction> ask_for_held(TimePoint now);
  std::uint32_t take_slot();
  void release_slot(std::uint32_t slot);
  void link_newest(std::uint32_t slot);
  void unlink(std::uint32_t slot);

  const LoadPlan& plan_;
  BreakerBank& bank_;
  std::uint32_t shard_;
  std::uint32_t cap_;  // this shard's part of max_in_flight
  Duration think_{};
  Duration pause_{};  // after a fail-fast
  Tally tally_;
  std::optional<Pacer> pacer_;           // open loop
  std::optional<WorkerQueues> workers_;  // closed loop
  std::size_t phase_ = 0;                // of the latest arrival

  std::vector<Call> calls_;
  std::vector<std::uint32_t> free_;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  std::deque<std::uint32_t> held_;  // told to wait by their breaker, oldest first
  TimePoint held_again_ = never;    // when the oldest of them is asked again at the latest
  std::uint32_t in_flight_ = 0;
  bool arrivals_over_ = false;
};

}  // namespace tripcurve::load
