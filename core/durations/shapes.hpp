// The shapes that a duration can have, read from their texts. Each refuses what it cannot be, with
// what would work.
#pragma once

#include <string_view>
#include <vector>

#include "core/duration_distribution.hpp"
#include "core/durations/shape.hpp"
#include "core/durations/words.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::durations {

// 10ms..50ms
[[nodiscard]] Result<DurationDistribution> parse_uniform(std::string_view text, std::size_t dots);
// 100ms+-20ms
[[nodiscard]] Result<DurationDistribution> parse_jitter(std::string_view text, std::size_t sign);
// p50=20ms,p99=400ms[,p99.9=1s][,max=2s]
[[nodiscard]] Result<DurationDistribution> parse_percentiles(std::string_view text,
                                                             std::string_view what);
// lognormal(20ms,400ms): the p50 and the p99
[[nodiscard]] Result<DurationDistribution> parse_lognormal(const Call& call, std::string_view text);
// mean=20ms
[[nodiscard]] Result<DurationDistribution> parse_mean(std::string_view text);
// exp(20ms): the same
[[nodiscard]] Result<DurationDistribution> parse_exponential(const Call& call,
                                                             std::string_view text);
// normal(20ms,5ms): the mean and the standard deviation; what is below zero is drawn again
[[nodiscard]] Result<DurationDistribution> parse_normal(const Call& call, std::string_view text);
// pareto(10ms,2.5): the least one and the exponent of the tail
[[nodiscard]] Result<DurationDistribution> parse_pareto(const Call& call, std::string_view text);
// wave(10ms..50ms,period=60s,shape=sine)
[[nodiscard]] Result<DurationDistribution> parse_wave(const Call& call, std::string_view text);
// 1ms*in_flight
[[nodiscard]] Result<DurationDistribution> parse_per_in_flight(std::string_view text,
                                                               const Grammar& grammar);
// file(prod.hgrm,unit=ms,scale=1.5)
[[nodiscard]] Result<DurationDistribution> parse_recorded(const Call& call, std::string_view text,
                                                          const Grammar& grammar);

// One of the durations that are added up; it is there with a chance of `share` only.
struct Term {
  DurationDistribution part{};
  double share = 1;
};
// `terms` is not empty.
[[nodiscard]] Result<DurationDistribution> sum_of(std::vector<Term> terms, std::string_view text);

}  // namespace tripcurve::durations
