// What a service says of its breaker beside what was observed of it.
//
// Both are known between bounds only: a change was observed after one time and by another, and a
// claim was made at some time between the question and its answer. Nothing within the bounds is
// wrong, and nothing late that may have been in time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "claims/claim.hpp"
#include "core/time.hpp"
#include "through/spells.hpp"

namespace tripcurve::through {

// What it said, reading by reading, until it said something else.
struct ClaimSpell {
  std::string claim{};  // "open", "closed/half_open"; "" where it said nothing of the breaker
  std::string words{};  // of the first reading
  TimePoint first{};    // asked
  TimePoint last{};     // answered
  std::uint64_t readings = 0;
};

// How late it said of a change that was observed.
struct Lag {
  breaker::State to = breaker::State::closed;
  Bounds when{};     // the change
  Duration least{};  // it still said otherwise so long after it
  // By then it said so; none: it never did while the state lasted.
  std::optional<Duration> most{};
};

// It said what was not so.
struct Contradiction {
  std::string claim{};
  breaker::State state = breaker::State::closed;  // that was observed most of the time
  TimePoint first{};                              // of the readings that are certainly wrong
  TimePoint last{};
  std::uint64_t readings = 0;
  bool to_the_end = false;  // no later reading was right
};

// A stretch of time in which it may have been wrong, or certainly was.
struct WrongTime {
  TimePoint begin{};
  TimePoint end{};
  bool certain = false;
};

struct Claimed {
  std::string source{};
  std::uint64_t readings = 0;  // with a claim
  std::uint64_t missing = 0;   // without one
  std::uint64_t wrong = 0;     // of `readings`, that certainly were
  std::string why_missing{};   // the first time
  std::vector<ClaimSpell> spells{};
  std::vector<Lag> lags{};
  std::vector<Contradiction> contradictions{};
  std::vector<WrongTime>
      wrong_times{};  // each kind in the order of time; certain ones are in others
};

// `readings` are in the order they were asked for, one after the other. Of a state that was over
// before a reading came there is no lag.
[[nodiscard]] Claimed compare_claims(std::string source, std::span<const claims::Reading> readings,
                                     const std::vector<Spell>& observed);

// How long it may have been wrong, and certainly was, between two times.
[[nodiscard]] Duration wrong_between(const Claimed& claimed, bool certain, TimePoint begin,
                                     TimePoint end);

// Where the two disagree, a sentence each; of many, the first ones.
[[nodiscard]] std::vector<std::string> claim_words(const Claimed& claimed);

}  // namespace tripcurve::through
