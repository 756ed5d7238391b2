// What is probed, from outside: somebody calls it, and decides how the dependency answers what it
// sends there. A real service and a simulated breaker are both one, so that the same script runs on
// either.
//
// One call at a time, but for those that are made together or held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::probe {

// What the dependency does with all that arrives while a call is under way, and whether its caller
// waits for that.
struct Reply {
  CallEnd end{};     // an answer, a reset, a close; a timeout: it never answers
  Duration after{};  // this long after the arrival
  std::optional<Duration> caller_leaves{};  // so long after it called
  bool only_first = false;  // of the dependency's instances; the others answer well, at once

  [[nodiscard]] bool takes_time() const {
    return end.kind() == CallEnd::Kind::timeout || after > Duration::zero();
  }

  friend bool operator==(const Reply&, const Reply&) = default;
};

// One call, as it was seen.
struct Seen {
  std::uint32_t arrivals = 0;  // at the dependency
  std::uint16_t status = 0;    // of the service's answer; 0: there was none
  Duration took{};             // until then
  Duration gap{};              // between the first two arrivals
  std::uint32_t at_first = 0;  // of the arrivals, those at the dependency's first instance
};

// Calls that were made at the same time.
struct Crowd {
  std::uint32_t first = 0;  // arrivals before any of them was answered
  std::uint32_t all = 0;
  Duration took{};  // until the last of them had ended
};

// When a call was made, since its experiment began, which on a busy machine is not when it was due;
// and how long it took, beyond what it was asked to take.
struct Made {
  Duration at{};
  Duration took{};
};
// Of the calls of an experiment, by its steps; those of its recovery are the first step.
using Course = std::vector<std::vector<Made>>;

class Subject {
 public:
  virtual ~Subject() = default;

  [[nodiscard]] virtual TimePoint now() const = 0;

  // A call, to its end.
  [[nodiscard]] virtual Seen call(const Reply& reply) = 0;

  // So many calls at once. What arrives gets that reply: at once if that takes time, else when
  // nothing more arrives.
  [[nodiscard]] virtual Crowd together(std::uint32_t calls, const Reply& reply) = 0;

  // A call whose arrival the dependency holds until it is let go; false: none arrived.
  [[nodiscard]] virtual bool hold() = 0;
  virtual void let_go(const Reply& reply) = 0;

  virtual void wait(Duration length) = 0;

  // What is done from now on is the experiment's step of that number: 0 is its recovery.
  virtual void begin_step(std::size_t /*number*/) {}

  // From now on calls go another way to the service: 0 is the one that is probed, the others are
  // those that somebody asks about, such as another path.
  virtual void turn_to(std::size_t /*way*/) {}

  // A call that the service does not answer for so long is given up.
  [[nodiscard]] virtual Duration patience() const { return std::chrono::seconds(15); }

  // How much shorter or longer than its caller a breaker may find a wait; and 2 % of the wait
  // beside that, as clocks differ. Zero: neither.
  [[nodiscard]] virtual Duration slack() const { return {}; }

  // The budget is used up, or somebody ended it: what is seen from now on says nothing.
  [[nodiscard]] virtual bool over() const = 0;
};

}  // namespace tripcurve::probe
