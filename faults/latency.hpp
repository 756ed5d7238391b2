// How long the upstream takes to the first byte of an answer.
#pragma once

#include <string_view>

#include "core/duration_distribution.hpp"
#include "core/result.hpp"

namespace tripcurve::faults {

using Latency = DurationDistribution;

[[nodiscard]] inline Result<Latency> parse_latency(std::string_view text) {
  return parse_duration_distribution(text, "latency");
}

}  // namespace tripcurve::faults
