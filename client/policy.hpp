// A policy of a client: what it does with a call between its caller and the wire.
//
// Policies stand around each other, the outermost first. A policy that a call enters may let it
// through to what is inside of it, now or later, once or several times, one after the other or at
// once; and hands outwards how that ended. Each such passage is a Frame; an attempt on the wire has
// none of its own, but where several go out from one passage at once. A policy has no clock, no
// thread and no socket; what it does, it does through the Client that calls it, and what it knows
// of one passage stands in the frame and in its Notes.
//
// Not thread-safe, as its Client.
#pragma once

#include <cstdint>

#include "breaker/breaker.hpp"
#include "client/budget.hpp"
#include "client/ending.hpp"
#include "core/time.hpp"

namespace tripcurve::client {

class Client;

using FrameId = std::uint32_t;
inline constexpr FrameId no_frame = ~FrameId{0};

// One passage of a call through one policy; or an attempt on the wire, if its policy has several
// under way at once.
struct Frame {
  std::uint32_t policy = 0;  // which, counted from the outermost
  std::uint32_t call = 0;
  FrameId outside = no_frame;       // the frame that let it in
  std::uint32_t number = 1;         // which of those that that one has let in
  FrameId first_inside = no_frame;  // those that it let in and that have not ended, in order
  FrameId next_beside = no_frame;   // in the list of the one outside; or of the free places
  TimePoint due = never;            // when the policy is to be woken, see Client::wake()
  std::uint64_t serial = 0;         // tells this passage from an earlier one in the same place
  FrameId leave = no_frame;  // whose notes have the permit with which it goes in; see leave_of()
  bool cancelled = false;    // it was given up from outside; what is left is to end
  bool let_go = false;       // nobody outside waits for it any more; it has no `outside`
  bool on_wire = false;      // an attempt is under way from here
  bool rests = false;        // nothing is under way inside of it; see Client::rest()

  // What its policy remembers.
  std::uint32_t begun = 0;    // how often it let the call in
  std::uint32_t attempt = 0;  // the attempt's number in the call, if one went out from here
  bool busy = false;          // it is just letting the call in
  bool settled = false;       // its ending is known; what is still inside counts for nothing
  bool waits = false;         // it waits for leave to go in
};

// What only some policies remember of a passage. A new passage finds in it what an earlier one in
// the same place has left.
struct Notes {
  double memory = 0;      // of a retry: what its back-off remembers
  RetryCause paid_for{};  // of a retry: what its budget has paid for last
  Ending ending{};  // of a hedging: the first attempt's, or the answer; of a retry: the last one's
  breaker::Permit permit{};  // of a breaker
  bool judged = false;       // and it has been told how the call ended
  TimePoint began = never;   // of a hedging by percentile: when its first attempt began; else never
  TimePoint since{};         // of a place: when it was taken
  std::uint32_t taken = 0;   // and how many were then, itself among them
};

class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  virtual ~Policy() = default;

  // It wants to hear of connected() or answering().
  [[nodiscard]] virtual bool heeds_progress() const { return false; }
  // It may let a call in again before what it let in has ended.
  [[nodiscard]] virtual bool lets_in_together() const { return false; }

  // A call comes in at `now`. Let it in (Client::let_in), end it (Client::end), or have it wait.
  virtual void enter(Client& client, FrameId frame, TimePoint now) = 0;

  // What was let in from `frame` has ended. `number` says which it was, counted from 1.
  virtual void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
                     TimePoint now) = 0;

  // The time for which `frame` asked has come: with Client::wake(), or in line.
  virtual void woken(Client& /*client*/, FrameId /*frame*/, TimePoint /*now*/) {}
  virtual void woken_in_line(Client& client, FrameId frame, TimePoint now) {
    woken(client, frame, now);
  }

  // `frame` is given up while nothing is inside of it: it waits. It is to end.
  virtual void given_up(Client& client, FrameId frame, TimePoint now);

  // How far an attempt that is inside of `frame` has come; see breaker::Breaker.
  virtual void connected(Client& /*client*/, FrameId /*frame*/, TimePoint /*now*/) {}
  virtual void answering(Client& /*client*/, FrameId /*frame*/, std::uint16_t /*status*/,
                         TimePoint /*now*/) {}

  // A timer of a breaker was due, and the driver has seen to it: callers that it holds are to be
  // asked for again.
  virtual void breakers_ticked(Client& /*client*/, TimePoint /*now*/) {}
};

}  // namespace tripcurve::client
