// What a run comes to, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::report {

struct Summary;

struct Verdict {
  enum class Result : std::uint8_t {
    finished,      // nothing was expected of it
    pass,          // every expectation holds
    fail,          // at least one does not
    inconclusive,  // the run's own load is in doubt, or an expectation could not be judged
    interrupted,
    unhealthy,  // the upstream was sick before the first fault
    stopped,    // by --abort-on
  };
  Result result = Result::finished;
  std::vector<std::string> reasons;  // why it is not what was hoped for; each stands alone and has
                                     // its number
};

// "finished", "pass", "fail", "inconclusive", "interrupted", "unhealthy", "stopped".
[[nodiscard]] std::string_view name(Verdict::Result result);

// What the process that ran it ends with, and what that means in a few words. An interruption by
// SIGTERM ends with 143 instead, which the result does not tell apart.
[[nodiscard]] int exit_code(Verdict::Result result);
[[nodiscard]] std::string_view meaning(Verdict::Result result);

// The verdict on everything in `summary` but its verdict. The first of these that holds decides:
// interrupted, unhealthy, stopped, fail, inconclusive; else pass, or finished when nothing was
// expected. The reasons are all there are, so that a failure of a run whose own load is in doubt
// says both.
[[nodiscard]] Verdict decide(const Summary& summary);

}  // namespace tripcurve::report
