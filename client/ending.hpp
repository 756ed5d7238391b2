// How what is inside of a policy ended, and what that counts as to the policy.
//
// Innermost is an attempt on the wire, which ends as CallEnd says. Every policy hands outwards how
// its inside ended, or an end of its own making.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/call_end.hpp"
#include "core/outcome_rules.hpp"
#include "core/time.hpp"

namespace tripcurve::client {

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

  friend bool operator==(const Ending&, const Ending&) = default;
};

// What endings count as. For a breaker: success, failure or ignored. For a retry, a hedging and a
// fallback, a failure is what they act on.
class EndingRules {
 public:
  // Failures are those of OutcomeRules and a timeout; an open breaker, a full bulkhead and a
  // cancelled attempt are ignored.
  EndingRules() = default;

  [[nodiscard]] Outcome of(const Ending& ending) const {
    return ending.kind == Ending::Kind::wire || ending.kind == Ending::Kind::fallback
               ? wire_.of(ending.end)
               : others_[static_cast<std::size_t>(ending.kind)];
  }
  [[nodiscard]] bool fails(const Ending& ending) const { return of(ending) == Outcome::failure; }

  // The same rules, but for the ends of attempts, or for another kind of ending.
  [[nodiscard]] EndingRules with(const OutcomeChanges& changes) const;
  [[nodiscard]] EndingRules with(Ending::Kind kind, Outcome outcome) const;

  friend bool operator==(const EndingRules&, const EndingRules&) = default;

 private:
  OutcomeRules wire_{};
  std::array<Outcome, 6> others_{Outcome::success, Outcome::failure, Outcome::ignored,
                                 Outcome::ignored, Outcome::ignored, Outcome::success};
};

}  // namespace tripcurve::client
