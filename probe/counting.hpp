// What the breaker makes of each kind of answer: a failure, a success, or nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "probe/belief.hpp"

namespace tripcurve::probe {

// What a kind of answer counts as.
struct Counted {
  enum class As : std::uint8_t { failure, ignored, success, not_a_failure, unknown };
  CallEnd end{};
  As as = As::unknown;
};

[[nodiscard]] std::string_view words(Counted::As as);

// A breaker that goes on counting what was before it opened, as opossum's does, also those it
// rejects, may open after other calls than it would by itself. These steps come first in an
// experiment like that one for the likeliest to have forgotten it: a pause, or none.
[[nodiscard]] std::vector<Step> steps_to_forget(const Belief& belief, const Entry& like);

// How many calls that fail open the likeliest breaker, in an experiment that is made like that one
// and begins with these steps.
[[nodiscard]] std::uint32_t calls_to_open(const Belief& belief, const Entry& like,
                                          std::vector<Step> first = {});

// The ends that are tried, but for the one that opens the breaker.
[[nodiscard]] std::vector<CallEnd> ends_to_count(const Failure& failure);

// The experiment that tells: one such answer in place of the last failure that would open it.
[[nodiscard]] Script script_to_count(const Belief& belief, const Entry& like, CallEnd end);

// What it counts as, of what the likeliest breaker would have shown for each.
[[nodiscard]] Counted counted_as(const Belief& belief, const Entry& entry, CallEnd end);

// Where that tells nothing: nothing but such answers, one after the other, until a call does not
// arrive.
[[nodiscard]] Script script_of_alone(const Belief& belief, const Entry& like, const Reply& reply);
[[nodiscard]] bool opened_alone(const Entry& entry);

}  // namespace tripcurve::probe
