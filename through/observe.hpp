// What a service does between its callers and its dependency, by what is seen on both sides of it:
// how it calls while all is well, what states its breaker was in, and what else may look like that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "through/claimed.hpp"
#include "through/instances.hpp"
#include "through/seen.hpp"
#include "through/spells.hpp"

namespace tripcurve::through {

// How the service calls its dependency while all is well.
struct Calibration {
  TimePoint until{};           // of the calls that were sent before
  std::uint64_t answered = 0;  // calls
  std::uint64_t out = 0;       // of these, that arrived
  std::uint64_t withheld = 0;  // that certainly did not: answered by a cache or a fallback
  std::uint64_t extra = 0;     // arrivals beyond a call's first: retries
  std::uint64_t strange = 0;   // arrivals of no call: a health check, a background task
  Duration late{};             // so long after its answer a call may still arrive
  bool attributed = false;     // arrivals brought the identity of their call
  Patience patience{};         // that follows from it
};

// Of the calls that were sent in a phase, and of what arrived meanwhile.
struct PhaseCounts {
  std::uint64_t calls = 0;
  std::uint64_t out = 0;
  std::uint64_t withheld = 0;       // answered, though they did not arrive
  std::uint64_t withheld_good = 0;  // of these, answered well: by a fallback or a cache
  std::uint64_t unknown = 0;        // answered, and nobody can say whether they arrived
  std::uint64_t hidden = 0;         // of these, because the dependency took no connections
  std::uint64_t lost = 0;           // not answered, and did not arrive
  std::uint64_t extra = 0;
  std::uint64_t strange = 0;
  std::uint64_t while_open = 0;  // arrivals past it while it was certainly open
  std::uint64_t stray = 0;       // of the withheld: while it was closed
  [[nodiscard]] std::uint64_t arrived() const { return out + extra + strange; }
  PhaseCounts& operator+=(const PhaseCounts& other);
  friend bool operator==(const PhaseCounts&, const PhaseCounts&) = default;
};

struct Observed {
  Calibration calibration{};
  std::vector<Change> changes{};
  std::vector<Spell> spells{};
  std::vector<PhaseCounts> phases{};
  std::vector<std::string> notes{};  // how it calls, and what stands out
  // Why what looks like its breaker may be something else, and what would tell that apart. With
  // one of these the states are in doubt.
  std::vector<std::string> doubts{};
  // Where the breaker may have been open without anybody seeing it, and what would show it.
  std::vector<std::string> unseen{};
  std::vector<Instance> instances{};  // of the service, where something tells them apart
  std::vector<Claimed> claimed{};     // what each source says beside that; filled by who asks them
};

// What was seen until `now`. Calls that are due before the first fault, but at most in the first
// `longest_calibration`, show how the service calls while all is well.
inline constexpr Duration longest_calibration = std::chrono::seconds(10);
[[nodiscard]] Observed observe(const Seen& seen, const Timetable& timetable, TimePoint now);

// The changes alone.
[[nodiscard]] std::vector<Change> changes(const Seen& seen, const Timetable& timetable);

// When the calibration is over; before that nothing can be told.
[[nodiscard]] TimePoint calibrated_until(const Timetable& timetable);

// That the service calls its dependency more than once per call, in a sentence, as soon as enough
// calls tell.
[[nodiscard]] std::optional<std::string> several_per_call(const Seen& seen,
                                                          const Timetable& timetable);

// Its stays in states, a sentence each; of many, the first ones.
[[nodiscard]] std::vector<std::string> spell_words(const Observed& observed);

// The service does not do what it is tested for, and why: none of so many calls arrived.
inline constexpr std::uint64_t enough_to_tell = 20;
[[nodiscard]] std::vector<std::string> unfit(const Seen& seen, const std::string& dependency);

}  // namespace tripcurve::through
