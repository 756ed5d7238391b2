// Where to look next, from one point of a form to others: what lies beside it, and leaps on several
// axes at a time.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "core/random.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

// What was tried, axis by axis.
using Tried = std::vector<std::set<double>>;

// What is next to it on each axis, of the values that were tried there, and what lies between; and
// some that are further off.
[[nodiscard]] std::vector<Point> neighbours(const Form& form, const Point& point,
                                            const Tried& tried);

// Somewhere else. Settings that only act together move together: a window of so many calls and the
// share of these that opens it go where about as many failures open it.
[[nodiscard]] Point leap(const Form& form, const Point& from, const Tried& tried, Random& random);

// Further out on that axis, near and far; and the same where another axis makes up for it, as a
// timer of a shorter interval has more rounds.
[[nodiscard]] std::vector<Point> beyond(const Form& form, const Point& point, std::size_t axis,
                                        bool upwards);

// A point of another form, in this one: what they have in common is that one's. Of what only this
// one has, one axis at a time has each value that was tried, the others those of `own`. Where the
// share that must fail gives how many calls a second a window needs, it keeps so many calls.
[[nodiscard]] std::vector<Point> brought_to(const Form& form, const Point& own, const Tried& tried,
                                            const Form& other, const Point& point);

}  // namespace tripcurve::probe
