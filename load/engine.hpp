// The load generator as one machine without I/O: pacing, clients with their policies, in-flight cap
// and bookkeeping. It is told the time and what happened, and answers with what to send. It has no
// clock, no thread, no socket, and allocates nothing per call; the wire (net/client) and the
// simulator (sim/world) are two drivers of the same object.
//
//   for (;;) {
//     while (auto attempt = engine.next(now)) send(*attempt);
//     if (engine.done()) break;
//     wait for an answer, or until engine.next_due();
//     engine.answering(slot, status, now), engine.progressed(slot, now);  // one in pieces
//     engine.finished(slot, how_it_ended, now);                    // for each that ended
//   }
//
// A call goes through its client's policies (client/client.hpp) and makes attempts: none when its
// breaker rejects it, one as a rule, more when a retry or a hedging is among them.
//
// A driver that knows how an attempt will end as soon as it goes out, as in virtual time, can see
// to timeouts itself. Then a client of a breaker around one attempt (client::PlainClient) has
// nothing to wait for and nothing to remember but the breaker's permit: its calls ask the breaker
// and tell it, without passages and deadlines of theirs.
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
// calls k with k mod n = i (closed loop: every n-th worker). Call k is made by instance k mod m, so
// that an instance is in one engine alone where n divides m; where it does not, each engine has its
// own of what the policies of an instance remember.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "client/client.hpp"
#include "core/call_end.hpp"
#include "core/ensure.hpp"
#include "core/request_number.hpp"
#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/pacer.hpp"
#include "load/tally.hpp"
#include "load/workers.hpp"

namespace tripcurve::load {

// An attempt of a call to be sent; finished(slot, ...) wants to hear how it ended.
struct Attempt {
  std::uint32_t slot;
  std::uint64_t ordinal;     // of the call
  std::uint32_t number = 1;  // which of the call's, counted from 1
  std::uint32_t endpoint = 0;
  Leave leave{};

  // What the upstream knows it by.
  [[nodiscard]] std::uint64_t request() const { return request_number(ordinal, number); }
};

// Gives up the attempt in a slot, closes its connection, and answers how far it had come: a
// timeout's CallEnd. What was not handed out by next() yet is never given up by it.
using GiveUp = std::function<CallEnd(std::uint32_t slot)>;

// What a driver knows of an attempt that goes out.
enum class Foresight : std::uint8_t {
  none,
  end,  // when and how it will end; see Engine::plain()
};

// Of a world in which every attempt has its connection at once and no answer comes in pieces.
[[nodiscard]] CallEnd given_up_while_waiting(std::uint32_t slot);

class Engine {
 public:
  // `plan` and `bank` must outlive the engine. A plan of no workers for this shard is done at once.
  // `give_up` is called from within next() and finished(), and must not call the engine.
  Engine(const LoadPlan& plan, std::uint32_t shard, BreakerBank& bank,
         GiveUp give_up = given_up_while_waiting, Foresight foresight = Foresight::none);
  ~Engine();

  // The client, if its calls take the short way: then the engine gives nothing up, and the driver
  // tells finished() of a timeout when it is due, after the answers of that instant, those of one
  // instant in the order in which they went out. Only for a driver with foresight.
  [[nodiscard]] const std::optional<client::PlainClient>& plain() const { return plain_; }

  // What to send at `now`, one attempt at a time, until there is none.
  [[nodiscard, gnu::always_inline]] std::optional<Attempt> next(TimePoint now) {
    return plain_ ? next_plainly(now) : next_by_policies(now);
  }

  // After next() has handed an attempt out: it has no other at `now`. It may be cautious.
  [[nodiscard]] bool has_no_other(TimePoint now) const {
    return plain_ && pacer_ && pacer_->due() > now && pacer_->due() < arrivals_end_;
  }

  // When next() will have something to do, if nothing else happens before; `never` if nothing. A
  // time that is over if it has something to hand out.
  [[nodiscard, gnu::always_inline]] TimePoint next_due() {
    if (!plain_) {
      return next_due_by_policies();
    }
    const auto tick = bank_.next_tick();
    return arrivals_over_ ? tick : std::min(tick, std::min(next_arrival(), arrivals_end_));
  }

  // The attempt in `slot` has its connection. For breakers that heed it; what a driver does not
  // tell is taken from how the call ends.
  [[nodiscard]] bool heeds_progress() const { return heeds_progress_; }
  void connected(std::uint32_t slot, TimePoint now);

  // The head of its answer is there, and the rest is not; and more of the rest, but not all. A
  // driver tells it of every answer that comes in pieces.
  void answering(std::uint32_t slot, std::uint16_t status, TimePoint now);
  void progressed(std::uint32_t slot, TimePoint now);

  // The same in place of both, from a driver that knows what is to come: the longest time between
  // two pieces, and when the last one comes (`never`: there is always another). It sees to the gap
  // timeout itself.
  struct Pace {
    Duration between{};
    TimePoint last{};
  };
  void answering(std::uint32_t slot, std::uint16_t status, TimePoint now, Pace pace);

  // The attempt in `slot` ended at `now`. Timers of breakers that are due by then come first.
  [[gnu::always_inline]] void finished(std::uint32_t slot, CallEnd end, TimePoint now) {
    tick_breakers(now);
    if (plain_) {
      end_plainly(slot, end, now);
    } else {
      end_by_policies(slot, end, now);
    }
  }

  // Ends every call under way as unfinished: the driver closes all connections and calls nothing
  // but the accessors from here on.
  void abandon();

  // No call is due any more and none is under way.
  [[nodiscard]] bool done() const { return arrivals_over_ && under_way_ == 0; }

  // How many calls are likely to be under way soon after the start: all workers, or what is due in
  // 10 ms. For a driver that opens connections ahead.
  [[nodiscard]] std::uint32_t early_in_flight() const;

  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] Snapshot snapshot(TimePoint now, bool with_tally = false) const;

 private:
  static constexpr std::uint32_t none_free = ~std::uint32_t{0};
  // A call under way, in a slab.
  struct Call {
    TimePoint intended;
    TimePoint sent = never;  // its first attempt
    std::uint64_t ordinal = 0;
    std::uint32_t instance = 0;
    std::uint32_t endpoint = 0;
    std::size_t breaker = 0;      // the bank's that protects it
    PhaseTally* phase = nullptr;  // where it is counted
    Cell* cell = nullptr;         // and there, by its endpoint
    std::uint32_t worker = 0;     // closed loop: whose it is
    bool under_way = false;
    std::uint32_t next_free = none_free;  // of a slot that nobody has: the one given back before
    breaker::Permit permit{};             // of a plain client
  };

  // A recording and the call of it that comes next.
  class Tape {
   public:
    explicit Tape(Arrivals& arrivals) : arrivals_(arrivals), upcoming_(arrivals.next()) {}
    [[nodiscard]] TimePoint due() const { return upcoming_ ? upcoming_->due : never; }
    [[nodiscard]] Workers::Turn take();

   private:
    Arrivals& arrivals_;
    std::optional<RecordedArrival> upcoming_;
    std::uint64_t ordinal_ = 0;
  };

  // An answer that comes in pieces, by the slot of its attempt.
  struct Arriving {
    TimePoint head = never;  // never: none is coming there
    TimePoint last{};        // when its latest piece came, or its last will
    Duration gap{};          // the longest time between two
    std::uint32_t serial = 0;
  };
  // When one may have come to a standstill.
  struct Standstill {
    TimePoint due{};
    std::uint32_t slot = 0;
    std::uint32_t serial = 0;  // Arriving's
    friend bool operator>(const Standstill& a, const Standstill& b) { return a.due > b.due; }
  };
  static constexpr auto no_gap = Duration::min();  // of an answer that came at once
  // What has come of the answer of the attempt that ended last, and of which call that was.
  struct Came {
    std::uint32_t call = 0;
    TimePoint head = never;  // never: nothing
    Duration gap = no_gap;   // the longest time between two pieces
  };

  class Outside;  // the wire and the breakers as the client sees them

  [[gnu::always_inline]] void tick_breakers(TimePoint now) {
    if (bank_.next_tick() <= now) {
      tick_due_breakers(now);
    }
  }
  [[gnu::cold]] void tick_due_breakers(TimePoint now);
  [[nodiscard]] bool has_to_send() const { return handed_out_ < to_send_.size(); }
  [[nodiscard]] TimePoint next_arrival() const {
    return pacer_ ? pacer_->due() : tape_ ? tape_->due() : workers_->next_due();
  }
  [[nodiscard]] Workers::Turn take_arrival();
  [[nodiscard]] bool is_call_due(TimePoint now);
  void do_what_is_due(TimePoint now);
  [[nodiscard]] std::optional<Attempt> next_by_policies(TimePoint now);
  [[nodiscard]] std::optional<Attempt> next_plainly(TimePoint now);
  [[nodiscard]] TimePoint next_due_by_policies();
  [[nodiscard]] std::optional<std::uint32_t> take_up_call(TimePoint now);  // none if it is dropped
  [[nodiscard]] bool begin_plainly(std::uint32_t slot, TimePoint now);     // it goes out
  void end_plainly(std::uint32_t slot, CallEnd end, TimePoint now);
  void end_by_policies(std::uint32_t slot, CallEnd end, TimePoint now);
  void call_over(Call& call, TimePoint now, bool rejected);
  void note_sent(Call& call, TimePoint now);
  [[nodiscard]] static Counts& counts_of(const Call& call) { return call.cell->counts; }
  [[nodiscard]] bool has_room(const Call& call) const;
  void drop(std::uint32_t slot);
  void sending(const client::Attempt& attempt, TimePoint now);
  CallEnd giving_up(const client::Attempt& attempt, TimePoint now);
  void answered(std::uint32_t slot, const client::Ending& ending, TimePoint now);
  void let_go_over(std::uint32_t slot);
  Arriving& note_head(std::uint32_t slot, TimePoint now);
  void tell_head(std::uint32_t slot, std::uint16_t status, TimePoint now);
  void take_arrived(std::uint32_t slot, std::uint32_t call, CallEnd end, TimePoint now);
  void give_up_stalled(TimePoint now);
  [[nodiscard]] TimePoint head_of(const Call& call, CallEnd end) const;
  void note_answer(const Call& call, const client::Ending& ending, TimePoint now);
  void limited(std::uint32_t limit, TimePoint now);
  void note_rejected(const Call& call, std::uint64_t Counts::* how, TimePoint now);
  void note_ended(const Call& call, CallEnd end, TimePoint now);
  void note_abandoned(const Call& call, TimePoint now);
  [[nodiscard]] static Duration time_since_sent(const Call& call, TimePoint now);
  void see_off(TimePoint now);
  void note_fallback(const Call& call, const client::Ending& ending);
  void fell_back(std::uint32_t slot, const client::FallbackEvent& event);
  [[nodiscard]] bool is_answered(std::uint32_t slot) const { return !calls_[slot].under_way; }
  [[nodiscard]] client::CallFacts call_facts(std::uint32_t shard) const;
  std::uint32_t take_slot();
  void give_slot_back(std::uint32_t slot);

  const LoadPlan& plan_;
  TimePoint arrivals_end_;  // no call is due from then on
  std::size_t endpoint_count_;
  BreakerBank& bank_;
  std::uint32_t cap_;  // this shard's part of max_in_flight
  Tally tally_;
  std::optional<Departures> departures_;
  std::optional<std::uint32_t> leaving_;  // whose caller is just going away
  std::optional<Pacer> pacer_;            // open loop
  std::optional<Workers> workers_;        // closed loop
  std::optional<Tape> tape_;              // recorded
  std::size_t phase_ = 0;                 // of the latest arrival

  GiveUp give_up_;
  std::optional<client::PlainClient> plain_;
  std::unique_ptr<Outside> outside_;
  client::Client client_;
  bool heeds_progress_;                   // its breakers or its policies
  std::vector<client::Attempt> to_send_;  // those from `handed_out_` on, next() has to hand out
  std::size_t handed_out_ = 0;

  std::vector<Arriving> arriving_;  // by slot, as far as there were any
  std::priority_queue<Standstill, std::vector<Standstill>, std::greater<>> standstills_;
  Came came_;
  bool finishing_ = false;  // an attempt has just ended; what is given up over it does not count

  std::vector<Call> calls_;
  std::uint32_t free_ = none_free;  // the slot that was given back last
  std::uint32_t under_way_ = 0;
  std::uint32_t let_go_ = 0;     // calls that have their answer, while attempts of them go on
                                 // (those that only wait in a fallback's queue are not among them)
  std::uint32_t in_flight_ = 0;  // of these, those that have sent an attempt
  std::uint32_t limit_ = 0;      // that an adaptive policy keeps to; 0 without one
  bool arrivals_over_ = false;
};

}  // namespace tripcurve::load

#include "load/engine_calls.hpp"  // IWYU pragma: export
