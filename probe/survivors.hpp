// What is left at the end, as people can use it.
#pragma once

#include <vector>

#include "probe/findings.hpp"

namespace tripcurve::probe {

// Each form that is at least a hundredth as likely as the likeliest, with what its settings may be.
[[nodiscard]] std::vector<Survivor> survivors_of(const Belief& belief);

// Which of them do the same as a likelier one in every experiment that is known; `like` says how it
// would be made.
void tell_twins(std::vector<Survivor>& survivors, const Belief& belief, const Hint& hint,
                const Entry& like);

// Whether a breaker that was asked about is among them.
[[nodiscard]] bool is_left(const Belief& belief, const breaker::Choice& choice);

}  // namespace tripcurve::probe
