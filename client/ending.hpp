// How what is inside of a policy ended, and what that counts as to the policy.
//
// Innermost is an attempt on the wire, which ends as CallEnd says. Every policy hands outwards how
// its inside ended, or an end of its own making.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/call_end.hpp"
#include "core/outcome_rules.hpp"
#include "core/time.hpp"

namespace tripcurve::client {

// What a fallback answers with.
enum class Substitute : std::uint8_t {
  fixed,   // a static answer
  cached,  // the last good answer to the same question
  queued,  // that the call waits in a queue, to be made later
};

struct Ending {
  enum class Kind : std::uint8_t {
    wire,       // an attempt ended by itself: `end`
    timed_out,  // a timeout has given up what is inside of it
    open,       // a breaker let nothing through: `error`
    full,       // a bulkhead had no place
    cancelled,  // a policy further out, or the caller, gave it up
    fallback,   // a fallback answers in its place: `end`
  };

  Kind kind = Kind::wire;
  CallEnd
      end{};  // of timed_out and cancelled: how far the attempt had come, if one was on the wire
  std::optional<Duration> retry_after{};  // what the answer asks to wait: its Retry-After header
  std::string_view error{};               // of open: what the breaker's library calls it
  // A retry has used its attempts up, and what it hands out is an error of its own that says so;
  // the rest is of the last attempt.
  bool exceeded = false;
  Substitute substitute = Substitute::fixed;  // of fallback
  bool of_open = false;                       // of fallback: a breaker had let nothing through

  friend bool operator==(const Ending&, const Ending&) = default;
};

// What endings count as. For a breaker: success, failure or ignored. For a retry, a hedging and a
// fallback, a failure is what they act on.
class EndingRules {
 public:
  // What an attempt's end counts as is what `wire` says, and that a policy gave it up in time is a
  // timeout to it. An open breaker, a full bulkhead and a cancellation are ignored; that a retry
  // has used its attempts up is a failure.
  explicit EndingRules(const OutcomeRules& wire = OutcomeRules()) : wire_(wire) {}

  [[nodiscard]] Outcome of(const Ending& ending) const {
    if (ending.exceeded) {
      return exceeded_;
    }
    switch (ending.kind) {
      case Ending::Kind::wire:
      case Ending::Kind::timed_out:
      case Ending::Kind::fallback:
        return wire_.of(ending.end);
      case Ending::Kind::open:
        return open_;
      case Ending::Kind::full:
        return full_;
      case Ending::Kind::cancelled:
        return cancelled_;
    }
    return Outcome::ignored;
  }
  [[nodiscard]] bool fails(const Ending& ending) const { return of(ending) == Outcome::failure; }

  [[nodiscard]] const OutcomeRules& wire() const { return wire_; }
  [[nodiscard]] bool open_fails() const { return open_ == Outcome::failure; }
  [[nodiscard]] bool full_fails() const { return full_ == Outcome::failure; }
  [[nodiscard]] Outcome of_full() const { return full_; }
  [[nodiscard]] Outcome of_cancelled() const { return cancelled_; }

  // The same rules, but with a failure where a breaker is open, or where a bulkhead is full.
  [[nodiscard]] EndingRules with_open_failing() const {
    auto rules = *this;
    rules.open_ = Outcome::failure;
    return rules;
  }
  [[nodiscard]] EndingRules with_full_failing() const {
    auto rules = *this;
    rules.full_ = Outcome::failure;
    return rules;
  }

  // The same rules for all but the wire's ends.
  [[nodiscard]] EndingRules with_wire(const OutcomeRules& wire) const {
    auto rules = *this;
    rules.wire_ = wire;
    return rules;
  }

  // What ends that are none of the wire's count as, where a library has its own mind.
  struct Others {
    Outcome open = Outcome::ignored;
    Outcome full = Outcome::ignored;
    Outcome cancelled = Outcome::ignored;
    Outcome exceeded = Outcome::failure;
  };
  [[nodiscard]] EndingRules with(const Others& others) const {
    auto rules = *this;
    rules.open_ = others.open;
    rules.full_ = others.full;
    rules.cancelled_ = others.cancelled;
    rules.exceeded_ = others.exceeded;
    return rules;
  }

  [[nodiscard]] EndingRules with_cancelled(Outcome cancelled) const {
    auto rules = *this;
    rules.cancelled_ = cancelled;
    return rules;
  }

  friend bool operator==(const EndingRules&, const EndingRules&) = default;

 private:
  OutcomeRules wire_;
  Outcome open_ = Outcome::ignored;
  Outcome full_ = Outcome::ignored;
  Outcome cancelled_ = Outcome::ignored;
  Outcome exceeded_ = Outcome::failure;
};

}  // namespace tripcurve::client
