// Plays the calls of a trace to the client that `run` and `simulate` have, and compares all steps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conform/call_trace.hpp"

namespace tripcurve::conform {

// Every step that the client takes, as JSON in the order of a trace: those of one instant call by
// call, and attempts that are cancelled together in their order. It stops once it has taken more
// steps than the trace has, and at the time at which every trace has ended.
[[nodiscard]] std::vector<std::string> play(const CallTrace& trace);

// For people: the first step that differs, with those before it; nothing when all are equal.
[[nodiscard]] std::optional<std::string> compare(const CallTrace& trace);

}  // namespace tripcurve::conform
