// A recorded trace of the waits of a retry: its options, the numbers that its library drew, and how
// long it waited before each attempt.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/policies/retry.hpp"
#include "core/result.hpp"

namespace tripcurve::conform {

struct WaitTrace {
  std::string id;
  client::RetryConfig retry{};
  std::vector<double> draws{};  // in [0, 1), in the order in which they were asked for
  std::vector<double> waits_ms{};
};

// A line that has `draws`.
[[nodiscard]] Result<WaitTrace> parse_wait_trace(const nlohmann::json& line);

// For people: the first wait that differs by more than a microsecond; nothing when none does.
[[nodiscard]] std::optional<std::string> compare(const WaitTrace& trace);

}  // namespace tripcurve::conform
