// What is looked at once the breaker is known, or as well known as it will be: what each kind of
// answer counts as, calls that take their time, other ways.
#pragma once

#include "probe/laboratory.hpp"

namespace tripcurve::probe {

// Adds to the findings what there is time for.
void look_aside(const Question& question, const Belief& belief, Laboratory& lab,
                Findings& findings);

}  // namespace tripcurve::probe
