// What a breaker's changes of state come to: which of them are an opening, a trip or a closing, and
// how often and how long there were such. Every number of a breaker that people read, in the
// report, in an expectation, on a served page or in a comparison of two breakers, is made of these
// definitions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "breaker/breaker.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

// The state as its callers see it: forced_open rejects them as open does, and disabled lets them
// all through as closed does.
[[nodiscard]] constexpr State acts_as(State state) {
  switch (state) {
    case State::forced_open:
      return State::open;
    case State::disabled:
      return State::closed;
    case State::closed:
    case State::open:
    case State::half_open:
      break;
  }
  return state;
}

// The breaker opens: from a state that lets calls through (closed, disabled, half_open) to one that
// rejects them (open, forced_open). Between open and forced_open nothing changes for its callers.
[[nodiscard]] constexpr bool opens(State from, State to) {
  return acts_as(to) == State::open && acts_as(from) != State::open;
}

// The breaker trips: it opens from closed or disabled. That is the decision that the upstream is
// failing; an opening from half_open says that it is failing still.
[[nodiscard]] constexpr bool trips(State from, State to) {
  return opens(from, to) && acts_as(from) == State::closed;
}

// The breaker closes: from a state that keeps calls away (open, forced_open, half_open) to one that
// lets them all through (closed, disabled). Between closed and disabled nothing changes for its
// callers.
[[nodiscard]] constexpr bool closes(State from, State to) {
  return acts_as(to) == State::closed && acts_as(from) != State::closed;
}

// One breaker's life in numbers, however many transitions it had. The state that a breaker is made
// in is where it begins, and no transition.
class Totals {
 public:
  Totals() = default;
  explicit Totals(State initial) : initial_(initial), state_(initial) {}

  // The next transition; times do not run backwards. What lies before time zero counts from there.
  void note(TimePoint at, State to);

  [[nodiscard]] State initial() const { return initial_; }
  [[nodiscard]] State state() const { return state_; }      // as the last transition left it
  [[nodiscard]] TimePoint since() const { return since_; }  // that transition, or time zero
  [[nodiscard]] std::uint64_t transitions() const { return transitions_; }
  [[nodiscard]] std::uint64_t opens() const { return opens_; }
  [[nodiscard]] std::uint64_t trips() const { return trips_; }
  [[nodiscard]] std::uint64_t closes() const { return closes_; }

  // From time zero until then, in states that act as closed, open or half_open. `until` must not
  // lie before since().
  [[nodiscard]] Duration time_in(State acting, TimePoint until) const;

  friend bool operator==(const Totals&, const Totals&) = default;
  template <typename Archive>
  friend void archive(Archive& archive, Totals& totals);  // breaker/archive.hpp

 private:
  State initial_ = State::closed;
  State state_ = State::closed;
  TimePoint since_{};
  std::uint64_t transitions_ = 0, opens_ = 0, trips_ = 0, closes_ = 0;
  std::array<Duration, 3> spent_{};  // by acts_as(), before since_
};

}  // namespace tripcurve::breaker
