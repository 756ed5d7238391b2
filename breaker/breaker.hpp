// A circuit breaker: it watches how a caller's requests end and decides which may go out.
//
// Every library that ships a breaker counts and recovers in its own way. Each such way is a
// dialect, one file under dialects/; this header is all the rest of the program knows of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

enum class State : std::uint8_t {
  closed,       // requests go out
  open,         // requests fail fast
  half_open,    // some go out, to see whether the upstream is back
  forced_open,  // held open by configuration
  disabled,     // held closed by configuration
};

// "closed", "open", "half_open", "forced_open", "disabled".
[[nodiscard]] std::string_view name(State state);

// Requests fail fast in this state.
[[nodiscard]] constexpr bool claims_open(State state) {
  return state == State::open || state == State::forced_open;
}

using tripcurve::Outcome;

// How far a request has come that is under way.
enum class Stage : std::uint8_t {
  sent,       // it may still wait for its connection
  connected,  // it has one
  answering,  // the head of its answer is there
};

// Leave to send one request. It remembers when it was given and in which spell (one unbroken stay
// in a state), because dialects differ on what a slow answer, or a late one, counts for.
struct Permit {
  TimePoint given_at;
  std::uint64_t spell = 0;  // counts a breaker's stays in a state, from 0
  std::uint32_t note = 0;   // a dialect's own, such as the window bucket of the start, or a host
  State state = State::closed;
  Stage told = Stage::sent;  // what the breaker has been told of the request, by its owner

  friend bool operator==(const Permit&, const Permit&) = default;
};

// The answer to "may this request go out?".
struct Admission {
  enum class Answer : std::uint8_t {
    admitted,  // yes; `permit` is to be recorded exactly once
    rejected,  // no: fail fast with `error`
    waiting,   // the library holds the caller: resume() it, oldest first, after each record() and
               // tick(), until it is decided
  };

  Answer answer = Answer::rejected;
  Permit permit;           // for admitted; for waiting, what to resume() with
  std::string_view error;  // for rejected: the library's own error name, such as "ErrCircuitOpen"
};

// A change of state and why it happened, in words that stand alone: "5 failures in a row, the last
// a 503".
struct Transition {
  TimePoint at;
  State from = State::closed;
  State to = State::closed;
  std::string cause;
};

// Decides from what it has been told and nothing else: no clock, no thread, no callback, and chance
// only from the Random it was built with. Each member takes the time of the event; times never run
// backwards. The same calls therefore give the same decisions in a test, in the simulator and on
// the wire.
//
// Events of one instant are told in this order: tick, record, try_acquire; progress as it happens.
//
// Not thread-safe: its owner guards it (load/breaker_bank.hpp). Record every Permit exactly once, a
// timeout as a failure, or forget() it; in most dialects a Permit that is forgotten holds its
// half-open trial place for ever.
//
//   if (auto admission = breaker.try_acquire(now); admission.answer == admitted) {
//     const CallEnd end = send(request);
//     breaker.record(admission.permit, outcome_of(end), end, clock.now());
//   }
//   for (auto& transition : breaker.take_transitions()) { ... }
class Breaker {
 public:
  Breaker() = default;
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;
  virtual ~Breaker() = default;

  // Asks leave for one request at `now`. May change the state (open to half-open).
  [[nodiscard]] virtual Admission try_acquire(TimePoint now) = 0;

  // Asks again for a caller that was told to wait, with the permit it was told to wait with.
  // Answers as try_acquire() does; a caller that is still waiting keeps its permit and its place.
  [[nodiscard]] virtual Admission resume(const Permit& /*held*/, TimePoint now) {
    return try_acquire(now);
  }

  // Tell how far the request has come while it is under way. Only for dialects that heed it
  // (Dialect::heeds_progress), and not for certain: what was told is in Permit::told when record()
  // comes, and what was not is in the CallEnd. `outcome` is what an answer of that status counts
  // as.
  virtual void connected(const Permit& /*permit*/, TimePoint /*now*/) {}
  virtual void answering(const Permit& /*permit*/, Outcome /*outcome*/, std::uint16_t /*status*/,
                         TimePoint /*now*/) {}

  // Tells how that request ended. What counts is `outcome`; `end` is for the cause's words, and for
  // dialects that tell kinds of failure apart. The duration of the call, for dialects that count
  // slow ones, is now - permit.given_at. Returns the error that the library hands the caller
  // instead of the call's own end, such as pybreaker's "CircuitBreakerError" at a trip; mostly "".
  virtual std::string_view record(const Permit& permit, Outcome outcome, CallEnd end,
                                  TimePoint now) = 0;

  // Told instead of record() if the library never hears how the request ended. What it held besides
  // its trial place, such as a thread, is free again; the trial place is not.
  virtual void forget(const Permit& /*permit*/) {}

  // The state as the last event left it; asking changes nothing.
  [[nodiscard]] State state() const { return state_; }

  // How many stays in a state came before the present one.
  [[nodiscard]] std::uint64_t spell() const { return spell_; }

  // The user's own reading of the state, which in some libraries changes it (gobreaker, Hystrix
  // 1.5.18, hystrix-go).
  virtual State observe(TimePoint /*now*/) { return state_; }

  // For dialects that act on a timer instead of on the next request: when tick() is next due, or
  // `never`. The owner calls tick() at that time, as well as it can, with the time it was due at;
  // one tick() does all that is due then, so that the next is due later.
  [[nodiscard]] virtual TimePoint next_tick() const { return never; }
  virtual void tick(TimePoint /*now*/) {}

  [[nodiscard]] bool has_transitions() const { return !transitions_.empty(); }

  // The transitions since the last call, in order.
  [[nodiscard]] std::vector<Transition> take_transitions() {
    return std::exchange(transitions_, {});
  }

 protected:
  // Enters a state, the present one included, and starts a new spell.
  void enter(State to, TimePoint now, std::string cause) {
    transitions_.push_back({now, state_, to, std::move(cause)});
    state_ = to;
    ++spell_;
  }

  // A permit given now in the present spell.
  [[nodiscard]] Admission admit(TimePoint now, std::uint32_t note = 0) const {
    return {Admission::Answer::admitted, Permit{now, spell_, note, state_}, {}};
  }
  [[nodiscard]] Admission hold(TimePoint now, std::uint32_t note = 0) const {
    return {Admission::Answer::waiting, Permit{now, spell_, note, state_}, {}};
  }
  [[nodiscard]] static Admission reject(std::string_view error) {
    return {Admission::Answer::rejected, {}, error};
  }

 private:
  State state_ = State::closed;
  std::uint64_t spell_ = 0;
  std::vector<Transition> transitions_;
};

}  // namespace tripcurve::breaker
