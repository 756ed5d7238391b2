// The flags that say what a trial is held against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "experiment/experiment.hpp"
#include "trial/judging.hpp"

namespace tripcurve::cli {

struct JudgingFlags {
  std::vector<std::string> expect, abort_on;
  std::optional<std::string> inconclusive, repeat, need;
};

void add_judging_flags(CLI::App& command, JudgingFlags& flags);

// The expectations of the flags are added to those of the experiment. Refuses what no run of this
// experiment can answer: an unknown metric, phase, endpoint or breaker.
[[nodiscard]] Result<trial::Judging> judging_of(const JudgingFlags& flags,
                                                experiment::Experiment& experiment);

}  // namespace tripcurve::cli
