// An experiment: what calls are made and how the dependency answers them, and what was seen of it.
//
//   9 fail, 1 succeeds, fail until none arrives
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "probe/subject.hpp"

namespace tripcurve::probe {

struct Step {
  enum class Kind : std::uint8_t {
    fail,     // `count` calls that the dependency fails
    succeed,  // `count` calls that it answers well
    special,  // `count` calls with the script's own reply
    until,    // calls that fail until one does not arrive, at most `count`
    until_special,
    in_turn,   // `count` that fail, `other` that succeed, again and again until one does not
               // arrive, at most `most_in_turn` calls
    pause,     // nothing, for `length`
    poll,      // calls that succeed until one arrives, at most `count`: `length` after each
               // other, or `other` percent of the time since the first began where that is more
    together,  // `count` calls at once that succeed
    together_special,
    split,  // `count` calls that fail at the dependency's first instance, and succeed at others
    turn,   // to the way of number `count`, until the script ends
    hold,   // a call that is answered well when the script ends
  };
  Kind kind = Kind::fail;
  std::uint32_t count = 1;
  std::uint32_t other = 0;
  Duration length{};

  [[nodiscard]] bool makes_calls() const { return kind != Kind::pause && kind != Kind::turn; }
  friend bool operator==(const Step&, const Step&) = default;
};

inline constexpr std::uint32_t most_in_turn = 240;

struct Script {
  std::vector<Step> steps{};
  Reply special{};

  friend bool operator==(const Script&, const Script&) = default;
};

// How the dependency fails where nothing else is said.
using Failure = CallEnd;

// A number for each step that makes calls: how many arrived. Of in_turn: before the one that did
// not, or -1 where all did. Of until: all arrivals before it, several for a call that is retried.
// Of poll: how many did not, or -1. Of together: first * 1000 + all; of split: arrivals at the
// first instance * 1000 + all.
using Seeing = std::vector<std::int64_t>;

// Runs it. What was seen is incomplete if the subject is over.
[[nodiscard]] Seeing run(const Script& script, const Failure& failure, Subject& subject);

// When the poll of that number is made, from the beginning of its step.
[[nodiscard]] Duration time_of_poll(const Step& step, std::int64_t number);

// "9 calls fail, 1 succeeds, then calls fail until one does not arrive".
[[nodiscard]] std::string words(const Script& script);
// What was seen, step by step, in the same order.
[[nodiscard]] std::string words(const Script& script, const Seeing& seen);

// Brings a breaker that may be open back: polls with good calls, `every` so often, until `settled`
// of them arrived in a row. False: it gave up after `patience`.
struct Recovery {
  Duration first{};  // how long nothing is sent
  Duration every{};  // then a call so often
  std::uint32_t settled = 12;
  Duration patience{};
  friend bool operator==(const Recovery&, const Recovery&) = default;
};
[[nodiscard]] bool recover(const Recovery& recovery, Subject& subject);

}  // namespace tripcurve::probe
