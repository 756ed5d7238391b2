// From what a run has measured to its summary, judged. Pure: it makes no difference where and when
// it was measured, and whether by one generator or by several.
#pragma once

#include "experiment/experiment.hpp"
#include "report/summary.hpp"
#include "trial/guard.hpp"
#include "trial/measurement.hpp"
#include "trial/parts.hpp"
#include "trial/trial.hpp"
#include "trial/twins.hpp"

namespace tripcurve::trial {

// "200/s constant"
[[nodiscard]] std::string load_words(const experiment::Experiment& experiment);
// The breaker as text; nobody knows what breaker a service has.
[[nodiscard]] std::string dialect_of(const experiment::Experiment& experiment);

// What is known of a run before it begins.
[[nodiscard]] report::RunFacts facts_of(const char* command,
                                        const experiment::Experiment& experiment,
                                        const Parts& parts, const Origin& origin);

// A run as far as it came, not judged. `until`, which is a phase's begin, leaves out that phase and
// what follows it.
[[nodiscard]] report::Summary sum_up(report::RunFacts facts, const Parts& parts,
                                     const Measurement& measurement, TimePoint until);

// A run that is over; beside its twins, if it has any. `facts` are those of before it began.
[[nodiscard]] report::Summary conclude(const experiment::Experiment& experiment, const Parts& parts,
                                       const Guard& guard, report::RunFacts facts,
                                       Measurement measurement, Twins twins = {});

}  // namespace tripcurve::trial
