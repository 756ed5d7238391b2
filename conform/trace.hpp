// A recorded trace: what a real library answered, step by step. One JSON object per line; the
// format is described in docs/CONFORMANCE.md.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::conform {

struct Step {
  enum class Kind : std::uint8_t {
    start,    // a call asks for leave
    resume,   // a call that was told to wait is decided; stands after the step that woke it
    end,      // a call ends
    read,     // the user reads the state, which changes it in some libraries
    timeout,  // the library's own timer of a call fired
  };

  Kind kind = Kind::start;
  TimePoint at;
  std::string call;                                                          // empty for read
  breaker::Admission::Answer answer = breaker::Admission::Answer::rejected;  // start, resume
  breaker::Outcome outcome = breaker::Outcome::success;                      // end
  std::string error;  // of a rejection; of an end, what the caller saw instead of the call's own
  std::optional<breaker::State> state{};  // after the step; none: the library does not tell it
  std::string text;                               // as it was read
};

struct Trace {
  std::string id;
  breaker::Choice choice;
  std::uint64_t chance = 0;                     // the seed of the Random that the library drew from
  CallEnd failure{CallEnd::Kind::answer, 503};  // how calls fail
  std::vector<Step> steps;
};

// Refuses what is not a trace, and a dialect or a setting that tripcurve does not have.
[[nodiscard]] Result<Trace> parse_trace(std::string_view line);
[[nodiscard]] Result<Trace> parse_breaker_trace(const nlohmann::json& line);

}  // namespace tripcurve::conform
