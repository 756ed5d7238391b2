// What the values of an experiment may be, in flags and in files alike.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/duration_distribution.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "experiment/experiment.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"

namespace tripcurve::experiment {

inline constexpr Duration longest = std::chrono::hours(10'000);  // all phases together
inline constexpr std::uint32_t most_threads = 256;
using load::most_workers;
inline constexpr std::uint32_t most_in_flight = 100'000;
inline constexpr std::uint32_t most_instances = 1000;
inline constexpr std::uint32_t most_services = 10'000;

[[nodiscard]] Result<std::uint64_t> parse_seed(std::string_view text);
[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view text);
[[nodiscard]] Result<std::uint32_t> parse_threads(std::string_view text);
[[nodiscard]] Result<std::uint32_t> parse_workers(std::string_view text);
[[nodiscard]] Result<std::uint32_t> parse_max_in_flight(std::string_view text);
[[nodiscard]] Result<std::uint32_t> parse_instances(std::string_view text);

// How long a worker of a closed loop thinks.
[[nodiscard]] Result<DurationDistribution> parse_think(std::string_view text);

// A client's timeout: more than no time at all.
[[nodiscard]] Result<Duration> parse_timeout(std::string_view text);
[[nodiscard]] Result<Duration> parse_fail_fast_pause(std::string_view text);  // not zero

// "constant", "poisson" and "client", "endpoint": in the order of the enumerators.
[[nodiscard]] std::span<const std::string_view> arrival_words();
[[nodiscard]] std::span<const std::string_view> scope_words();
[[nodiscard]] Result<load::Arrival> parse_arrival(std::string_view text);
[[nodiscard]] Result<load::BreakerScope> parse_scope(std::string_view text);

// Of a topology's services: "in_turn", "parallel" and "all", "any", in the order of the
// enumerators.
[[nodiscard]] std::span<const std::string_view> order_words();
[[nodiscard]] std::span<const std::string_view> needs_words();
[[nodiscard]] Result<topology::Route::Order> parse_order(std::string_view text);
[[nodiscard]] Result<topology::Route::Needs> parse_needs(std::string_view text);
[[nodiscard]] Result<std::uint32_t> parse_queue(std::string_view text);  // 0: nobody waits
[[nodiscard]] Result<bool> parse_yes_or_no(std::string_view text);       // "true", "false"

// All phases together take longer than `longest`.
[[nodiscard]] bool too_long(const Experiment& experiment);

// The calls in flight of an open loop are shared by its threads, and there are fewer than these.
[[nodiscard]] bool starves_threads(const Experiment& experiment);

}  // namespace tripcurve::experiment
