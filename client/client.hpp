// A client: calls under policies, as one machine without I/O. It is told that a call begins, how an
// attempt ended, that the caller has gone away or that time has passed, and tells the wire what to
// send and what to give up, and who has an answer. It owns no clock, socket or thread, and
// allocates nothing per call once as many have been under way as ever are.
//
//   Client client(policies, wire);
//   client.begin(call, now);                    // wire.send(...), or wire.answered(...) at once
//   client.ended(attempt, ending, now);         // as its driver saw it
//   client.gone(call, now);                     // the caller gives up
//   client.tick(client.next_due());             // when that time has come
//   client.breakers_ticked(now);                // the driver keeps the breakers and their timers
//
// Everything that follows from an event at once is done, and told to the wire, before the member
// returns. Events of one instant are told in this order:
// breakers_ticked, tick, ended, gone, begin.
//
// Not thread-safe. Times never run backwards.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/policy.hpp"
#include "core/time.hpp"

namespace tripcurve::client {

// One request on the wire.
struct Attempt {
  FrameId id = no_frame;     // what ended() takes; free to be used again as soon as it has ended
  std::uint32_t call = 0;    // as begin() got it
  std::uint32_t number = 1;  // which of the call's, counted from 1
};

// What a fallback did with a call that its answer does not say.
struct FallbackEvent {
  enum class Kind : std::uint8_t {
    stale,       // it answered with what has been in its cache for `age`
    missed,      // there was no such answer in its cache
    queue_full,  // it had no place in its queue
    drained,     // what waited in its queue for `age` has been done
    lost,        // what waited there for `age` was dropped for a later call
  };
  Kind kind = Kind::stale;
  Duration age{};
  friend bool operator==(const FallbackEvent&, const FallbackEvent&) = default;
};

// What a client works on. It is called from within the client's members and calls none of them.
class Wire {
 public:
  virtual ~Wire() = default;

  virtual void send(const Attempt& attempt, TimePoint now) = 0;

  // Gives the attempt up; it will not end any more. Answers how far it had come: a timeout's
  // CallEnd.
  virtual CallEnd cancel(const Attempt& attempt, TimePoint now) = 0;

  // The caller has its answer, and the call is over, unless it has_let_go() of something.
  virtual void answered(std::uint32_t call, const Ending& ending, TimePoint now) = 0;

  // Of an answered call that had let go of something: that has ended, too.
  virtual void let_go_over(std::uint32_t /*call*/, TimePoint /*now*/) {}

  // From now on an adaptive policy lets so many in at once, of all instances together.
  virtual void limited(std::uint32_t /*limit*/, TimePoint /*now*/) {}

  // Of what the call has let go of nothing is under way for the time being, and something is again.
  virtual void rested(std::uint32_t /*call*/) {}
  virtual void resumed(std::uint32_t /*call*/) {}

  virtual void fell_back(std::uint32_t /*call*/, const FallbackEvent& /*event*/) {}
};

class Client {
 public:
  // `policies` from the outermost to the innermost; `wire` must outlive the client.
  Client(std::vector<std::unique_ptr<Policy>> policies, Wire& wire);

  // `call` is the driver's own number of it, small because there is a table of them, and free again
  // when it was answered.
  void begin(std::uint32_t call, TimePoint now);
  // How far an attempt has come, for policies that heed it.
  [[nodiscard]] bool heeds_progress() const;
  void connected(FrameId attempt, TimePoint now);
  void answering(FrameId attempt, std::uint16_t status, TimePoint now);
  void ended(FrameId attempt, const Ending& ending, TimePoint now);
  void gone(std::uint32_t call, TimePoint now);
  [[nodiscard]] bool is_under_way(std::uint32_t call) const {
    return call < calls_.size() && calls_[call].outermost != no_frame;
  }

  // When tick() has something to do, or `never`; it does all that is due at `now`.
  [[nodiscard]] TimePoint next_due() {
    auto due = timers_.empty() ? never : next_timer();
    for (const auto& line : lines_) {
      due = std::min(due, line.due);
    }
    return due;
  }
  void tick(TimePoint now);

  // The driver has seen to the timers of breakers that were due. They come before the ends of
  // attempts of their instant.
  void breakers_ticked(TimePoint now);

  // The leave with which the attempt went out: that of the nearest policy that gave one; an empty
  // one if none did.
  [[nodiscard]] const breaker::Permit& leave_of(FrameId attempt) const;

  // The call has an answer, and attempts or waits that nobody waits for any more: its number is not
  // free before Wire::let_go_over().
  [[nodiscard]] bool has_let_go(std::uint32_t call) const { return calls_[call].let_go > 0; }
  // Not all of that rests.
  [[nodiscard]] bool goes_on(std::uint32_t call) const {
    return calls_[call].let_go > calls_[call].resting;
  }

  // For policies.

  [[nodiscard]] Frame& frame(FrameId id) { return chunks_[id / chunk]->frames[id % chunk]; }
  [[nodiscard]] const Frame& frame(FrameId id) const {
    return chunks_[id / chunk]->frames[id % chunk];
  }
  [[nodiscard]] Notes& notes(FrameId id) { return chunks_[id / chunk]->notes[id % chunk]; }
  // Lets the call in from `id`. It may have ended by the time this returns, and so may `id`.
  void let_in(FrameId id, TimePoint now);
  // The passage is over. Nothing may be inside of it any more.
  void end(FrameId id, const Ending& ending, TimePoint now);
  // Gives up everything inside of `id`, oldest first. Their policies hear of it as of an ending.
  void cancel_inside(FrameId id, TimePoint now);
  // Hands `ending` outwards as if the passage was over, while it and what is inside of it go on:
  // its own end will be nobody's. The call's number is free when the last of these has ended.
  void let_go(FrameId id, const Ending& ending, TimePoint now);
  // Nothing is under way inside of it, and its policy lets the call in again some time: between
  // rest() and resume() a passage that was let go takes no room on the wire. It may rest before it
  // is let go; it resumes before it lets in or ends.
  void rest(FrameId id);
  void resume(FrameId id);
  // Asks for woken() at `due`, in place of every earlier wish; `never` takes them back.
  void wake(FrameId id, TimePoint due);
  // Asks for woken_in_line() at `due`, beside what wake() was asked for: for a policy whose wishes
  // come due in the order in which it makes them. It costs no sorting.
  void wake_in_line(FrameId id, TimePoint due);
  // The limit that an adaptive policy keeps to, whenever it is another.
  void tell_limit(std::uint32_t limit, TimePoint now) { wire_.limited(limit, now); }
  void fell_back(FrameId id, const FallbackEvent& event) { wire_.fell_back(frame(id).call, event); }
  // When the call began.
  [[nodiscard]] TimePoint begun_at(std::uint32_t call) const { return calls_[call].begun; }
  // The passage in `id` is still the one that had this serial.
  [[nodiscard]] bool is_there(FrameId id, std::uint64_t serial) const {
    return frame(id).serial == serial;
  }

 private:
  static constexpr std::size_t chunk = 256;
  // A place in the line of those of a policy that are to be woken. They stand apart from the
  // frames: whoever leaves the line touches those beside him.
  struct Wish {
    TimePoint due = never;  // never: it stands in no line
    FrameId sooner = no_frame;
    FrameId later = no_frame;
  };
  struct Chunk {
    std::array<Frame, chunk> frames;
    std::array<Wish, chunk> wishes;
    std::array<Notes, chunk> notes;
  };
  struct Line {
    FrameId first = no_frame;
    FrameId last = no_frame;
    TimePoint due = never;  // the first's
  };

  struct Timer {
    TimePoint due;
    std::uint64_t order;
    FrameId frame;
    std::uint64_t serial;
    friend bool operator>(const Timer& a, const Timer& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };
  struct Call {
    FrameId outermost = no_frame;
    std::uint32_t attempts = 0;
    TimePoint begun{};
    std::uint32_t let_go = 0;   // passages that nobody waits for
    std::uint32_t resting = 0;  // of these
  };

  void add_chunk();
  void send(FrameId id, TimePoint now);
  void attempt_ended(FrameId id, const Ending& ending, TimePoint now);
  FrameId take_frame(std::uint32_t policy, std::uint32_t call, FrameId outside);
  void enter(FrameId id, TimePoint now);
  void cancel(FrameId id, TimePoint now);
  void cancel_attempt(FrameId id, TimePoint now);
  void unlink(FrameId id);
  void end_let_go(std::uint32_t call, TimePoint now);
  void forget_leave(FrameId id, FrameId giver);
  [[nodiscard]] Attempt attempt(FrameId id) const;
  // It is the frame of an attempt, and of no policy.
  [[nodiscard]] bool is_attempt(FrameId id) const { return frame(id).policy == policy_count_; }
  // The passage from which the attempt went out.
  [[nodiscard]] FrameId sender_of(FrameId attempt) const {
    return is_attempt(attempt) ? frame(attempt).outside : attempt;
  }
  [[nodiscard]] const Line* first_line() const;
  [[nodiscard]] Wish& wish(FrameId id) { return chunks_[id / chunk]->wishes[id % chunk]; }
  void leave_line(FrameId id);
  [[nodiscard]] bool is_stale(const Timer& timer) const;
  TimePoint next_timer();  // without those that are stale

  std::vector<std::unique_ptr<Policy>> policies_;
  std::uint32_t policy_count_;
  bool attempts_have_frames_;
  Wire& wire_;
  std::vector<std::unique_ptr<Chunk>> chunks_;  // a slab whose places stay where they are
  FrameId free_ = no_frame;                     // the first of those that are free
  std::vector<Call> calls_;                     // by the driver's number
  std::vector<Line> lines_;                     // by policy
  std::vector<Timer> timers_;  // a heap; those that were taken back stay until they are on top
  std::uint64_t timers_made_ = 0;
  std::uint64_t frames_made_ = 0;
};

}  // namespace tripcurve::client
