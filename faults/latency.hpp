// How long the upstream takes to the first byte of an answer.
#pragma once

#include <string_view>

#include "core/duration_distribution.hpp"
#include "core/durations/words.hpp"
#include "core/result.hpp"

namespace tripcurve::faults {

using Latency = DurationDistribution;

// What reads the files that a latency may name: file(prod.hgrm,unit=ms).
using durations::ReadRecorded;

// Files may be named, and `files` reads them.
[[nodiscard]] inline Result<Latency> parse_latency_with(std::string_view text,
                                                        const ReadRecorded& files) {
  return parse_duration_distribution(text, {.what = "latency", .in_flight = true, .files = &files});
}

// No file may be named.
[[nodiscard]] inline Result<Latency> parse_latency(std::string_view text) {
  return parse_duration_distribution(text, {.what = "latency", .in_flight = true});
}

}  // namespace tripcurve::faults
