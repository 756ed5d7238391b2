// The states of a service's breaker, as far as calls that went out and calls that were withheld
// tell them.
//
//   closed     calls go out
//   open       so many calls in a row were answered and none went out; the answers themselves say
//              nothing, because a fallback hides rejections
//   half_open  the first call that goes out after that, and those that follow it
//   closed     so many calls in a row went out that were sent after the first of these was
//              answered, and none in between was withheld, unless calls are withheld even while all
//              is well
//
// Each change happened between two times, which the calls on both sides of it give: never a point.
// What was told does not change when more is seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/time.hpp"
#include "through/seen.hpp"
#include "through/verdicts.hpp"

namespace tripcurve::through {

// When something happened: not before the one, and by the other at the latest.
struct Bounds {
  TimePoint earliest{};
  TimePoint latest{};
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

struct Change {
  breaker::State from = breaker::State::closed;
  breaker::State to = breaker::State::closed;
  Bounds when{};
  std::string cause{};  // what was seen, in words
  // Of a change that leaves half_open: the calls that went out in it, and the most at once.
  std::uint32_t probes = 0;
  std::uint32_t most_probes = 0;
};

// A stay in a state. The last one ends with the run.
struct Spell {
  breaker::State state = breaker::State::closed;
  Bounds began{};
  Bounds ended{};
  std::uint64_t calls = 0;     // sent in it, surely
  std::uint64_t out = 0;       // of these, that went out
  std::uint64_t withheld = 0;  // of these
  // Calls that were under way at the dependency whenever one was withheld; the fewest.
  std::uint64_t under_way = 0;
  // Calls that were withheld, surely or maybe in it, while nothing was under way at the dependency.
  std::uint64_t alone = 0;
};

// How many in a row decide.
struct Patience {
  std::uint64_t withheld = 3;  // that it is open
  std::uint64_t again = 1;  // that it is open again, after the calls that it let out were answered
  std::uint64_t out = 20;   // that it is closed again
  double withheld_per_out = 0;  // calls, while all is well
  friend bool operator==(const Patience&, const Patience&) = default;
};

// What was seen in the order of time, from a closed breaker on.
[[nodiscard]] std::vector<Change> changes(const Seen& seen, const Verdicts& verdicts,
                                          const Patience& patience);

}  // namespace tripcurve::through
