// A recorded trace of whole calls: what a real client did with them under its policies. One JSON
// object per line; the format is described in docs/CONFORMANCE.md.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/config.hpp"
#include "client/ending.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::conform {

// How the upstream treats one attempt.
struct Reply {
  std::optional<Duration> after{};  // none: it never replies
  client::Ending ending{};
};

struct ScriptedCall {
  std::string id;  // as it is written in JSON
  TimePoint at;
  std::optional<Duration> gone{};  // so long later the caller gives up
  std::vector<Reply> upstream;     // of its attempts, in order; the last one is for all that follow
};

// What a library calls the ends that its callers see in place of a status.
struct EndNames {
  std::string_view refused;
  std::string_view timed_out;
  std::string_view open;  // empty: the breaker's dialect has the name
  std::string_view full;
  std::string_view cancelled;
  std::string_view exceeded;
};

struct CallTrace {
  std::string id;
  EndNames names;
  client::Policies policies;
  std::vector<ScriptedCall> calls;
  std::vector<std::string> steps;  // as JSON without blanks
};

// A line that has `calls`. Refuses what is not such a trace, a policy or an option that the library
// does not have, and steps that cannot follow each other.
[[nodiscard]] Result<CallTrace> parse_call_trace(const nlohmann::json& line);

}  // namespace tripcurve::conform
