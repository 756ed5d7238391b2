// What a service says itself of the state that its breaker is in.
//
// Many sources know less than three states: a flag that is set while a breaker is open or
// half-open, an ejection that is over. A claim is therefore a set of states, any of which its words
// may mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "breaker/breaker.hpp"
#include "core/time.hpp"

namespace tripcurve::claims {

struct Claim {
  bool closed = false;
  bool open = false;
  bool half_open = false;

  // Forced states and disabled ones are what they act as.
  [[nodiscard]] bool may_be(breaker::State state) const;
  [[nodiscard]] bool is_empty() const { return !closed && !open && !half_open; }
  friend bool operator==(const Claim&, const Claim&) = default;
};

// The one state.
[[nodiscard]] Claim claim_of(breaker::State state);

inline constexpr Claim not_open{.closed = true, .half_open = true};
inline constexpr Claim not_closed{.open = true, .half_open = true};

// "open", "closed/half_open".
[[nodiscard]] std::string text_of(const Claim& claim);

// A state as libraries spell it: CLOSED, half-open, HalfOpen, FORCED_OPEN, METRICS_ONLY (which lets
// every call out, as DISABLED does), isolated. Nothing for other words.
[[nodiscard]] std::optional<Claim> claim_named(std::string_view word);

// What one look at a source came to.
struct Said {
  Claim claim{};
  std::string words{};  // as the source has it: "OPEN", "my_state 2"
  friend bool operator==(const Said&, const Said&) = default;
};

// It was said at some time between these two: the source was asked, and had answered.
struct Reading {
  TimePoint asked{};
  TimePoint answered{};
  std::optional<Claim> claim{};  // none: it said nothing of the breaker
  std::string words{};           // what it said, or why there is no claim
};

}  // namespace tripcurve::claims
