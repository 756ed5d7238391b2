// What a metric means when it is observed of a service that calls go through (`run --through`).
#pragma once

#include <string_view>

#include "expect/metrics.hpp"

namespace tripcurve::expect {

// A sentence or two; empty where it means what it always does.
[[nodiscard]] std::string_view meaning_through(const Metric& metric);

// It is about the states that were observed, and as uncertain as these.
[[nodiscard]] bool is_of_observed_states(const Metric& metric);

}  // namespace tripcurve::expect
