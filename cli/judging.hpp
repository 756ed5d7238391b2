// What a run is held against: the expectations of its file and of the flags, when to stop it early,
// how often to repeat it, and what an inconclusive result is worth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "expect/expectation.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::cli {

struct JudgingFlags {
  std::vector<std::string> expect, abort_on;
  std::optional<std::string> inconclusive, repeat, need;
};

void add_judging_flags(CLI::App& command, JudgingFlags& flags);

struct Judging {
  std::vector<expect::Expectation> expectations;  // the file's, then the flags'
  std::vector<expect::Expectation> abort_on;      // the run ends as soon as one of these fails
  std::uint64_t repeat = 1;
  std::uint64_t need = 1;  // runs that must pass
  // What to make of an inconclusive run; without it, it has an exit code of its own.
  enum class Inconclusive : std::uint8_t { tell, fail, pass };
  Inconclusive inconclusive = Inconclusive::tell;
};

// Refuses what no run of this experiment can answer: an unknown metric, phase, endpoint or breaker.
[[nodiscard]] Result<Judging> judging_of(const JudgingFlags& flags,
                                         const experiment::Experiment& experiment);

}  // namespace tripcurve::cli
