// What a run comes to, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/exit_code.hpp"

namespace tripcurve::report {

struct Summary;

struct Verdict {
  enum class Result : std::uint8_t {
    finished,      // nothing was expected of it
    pass,          // every expectation holds
    fail,          // at least one does not
    inconclusive,  // the run's own load is in doubt, or an expectation could not be judged
    interrupted,   // by SIGINT, or by hand
    terminated,    // by SIGTERM
    unhealthy,     // the baseline failed: the upstream was not fit for the experiment
    stopped,       // by --abort-on
  };
  Result result = Result::finished;
  std::vector<std::string> reasons;  // why it is not what was hoped for; each stands alone and has
                                     // its number
};

// "finished", "pass", "fail", "inconclusive", "interrupted", "terminated", "unhealthy", "stopped".
[[nodiscard]] std::string_view name(Verdict::Result result);

// A run that a script may go on after.
[[nodiscard]] bool is_good(Verdict::Result result);

// What the process that ran it ends with, and what that means in a sentence.
[[nodiscard]] ExitCode exit_code(Verdict::Result result);
[[nodiscard]] std::string_view meaning(Verdict::Result result);

// The verdict on everything in `summary` but its verdict. The first of these that holds decides:
// interrupted or terminated, unhealthy, stopped, fail, inconclusive; else pass, or finished when
// nothing was expected. The reasons are all there are, so that a failure of a run whose own load is
// in doubt says both.
[[nodiscard]] Verdict decide(const Summary& summary);

}  // namespace tripcurve::report
