// Which experiment to make next: the one whose outcome, as the breakers that are still possible
// would have it, tells them apart best for the time it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "probe/belief.hpp"

namespace tripcurve::probe {

// An experiment that could be made.
struct Proposal {
  Script script{};
  double bits = 0;  // how much it is expected to tell
  Duration takes{};
  std::uint64_t calls = 0;
};

// What may tell apart what is likely, without what was made already.
[[nodiscard]] std::vector<Script> scripts_for(const Belief& belief, const Hint& hint);

// What it would tell; `like` says how it would be made.
[[nodiscard]] Proposal weigh_script(const Belief& belief,
                                    const std::vector<const Hypothesis*>& leaders,
                                    const Entry& like);

// The best of those that take no more than that; none if no script would tell anything, or the
// belief is stopped. What contradicts the likeliest comes first, once more, because what was seen
// may be wrong.
[[nodiscard]] std::optional<Proposal> best_proposal(const Belief& belief, const Hint& hint,
                                                    const Entry& like, Duration most_time,
                                                    std::uint64_t most_calls);

}  // namespace tripcurve::probe
