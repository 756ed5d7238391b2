// The probe: looks, chooses experiments, makes them, and says what is left.
#pragma once

#include "probe/laboratory.hpp"

namespace tripcurve::probe {

[[nodiscard]] Findings find_out(const Question& question, Subject& subject, const Renew& renew,
                                Watcher& watcher);

}  // namespace tripcurve::probe
