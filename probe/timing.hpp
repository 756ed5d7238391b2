// What the service makes of calls that take their time: answers that come late or never, callers
// that leave before them, a trial call that is held. And of calls that go another way.
//
// What is seen here needs no model of the breaker: it opens, or it does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/belief.hpp"

namespace tripcurve::probe {

// So many calls at once as would open the breaker, and more, if each of them failed; then one that
// tells whether it did open. At most `most`.
[[nodiscard]] Script script_at_once(const Belief& belief, const Entry& like, const Reply& reply,
                                    std::uint32_t most);
[[nodiscard]] bool opened_at_once(const Entry& entry);

// How many calls the service makes at once, of those that it was given.
[[nodiscard]] Script script_of_crowd(std::uint32_t calls);
[[nodiscard]] std::uint32_t crowd_of(const Entry& entry);

// Answers that take that long.
struct SlowAnswers {
  Duration longest_good{};                 // as good as quick ones
  std::optional<Duration> shortest_bad{};  // these open the breaker; none: none did

  // The length to try next; none: it is known well enough, within 15 % or 20 ms.
  [[nodiscard]] std::optional<Duration> next() const;
  void learn(Duration length, bool opened);
};

// Calls while a trial call is held.
struct HeldTrial {
  bool shares = false;  // others go out beside it
  Duration none_for{};  // at least so long none did
  std::optional<Duration>
      one_at{};  // so long after the trial one went out; none: not while watched
};
[[nodiscard]] Script script_of_held_trial(const Hint& hint, Duration timeout);
// None where no trial call went out.
[[nodiscard]] std::optional<HeldTrial> held_trial_of(const Entry& entry);

// Calls that go another way, while the breaker of the way that is probed is open.
enum class OtherWay : std::uint8_t {
  same,     // it is open for them, too
  own,      // they arrive, until enough of them have failed
  none,     // they arrive, however many fail
  unknown,  // it was not found out
};
[[nodiscard]] std::string_view name(OtherWay way);

// Whether the breaker is one for each of the dependency's instances: what becomes of calls when the
// first of these fails all of them, and the others none.
enum class AtInstance : std::uint8_t {
  own,     // they go to the others only
  shared,  // they go nowhere any more
  goes_on  // they still go to it
};
[[nodiscard]] std::string_view name(AtInstance at);
[[nodiscard]] Script script_of_instance(std::uint32_t failures);
[[nodiscard]] AtInstance instance_of(const Entry& entry);
[[nodiscard]] Script script_of_way(std::uint32_t number);
[[nodiscard]] OtherWay way_of(const Entry& entry);

}  // namespace tripcurve::probe
