// A stretch of a loop's time in which its rate, or the number of its workers, is constant or
// changes linearly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::load {

inline constexpr std::uint32_t most_workers = 100'000;

template <typename Level>
struct StageOf {
  Duration length{};
  Level from{};  // either may be 0, and a stage of nothing else makes no calls
  Level to{};

  friend bool operator==(const StageOf&, const StageOf&) = default;
};

using Stage = StageOf<Rate>;                 // of an open loop
using WorkerStage = StageOf<std::uint32_t>;  // of a closed loop: at most `most_workers`

// "10s 200/s" or, for a ramp, "10s 50/s->200/s".
[[nodiscard]] Result<Stage> parse_stage(std::string_view text);
// "10s 200" or, for a ramp, "10s 0->200".
[[nodiscard]] Result<WorkerStage> parse_worker_stage(std::string_view text);

// Parsing it gives an equal stage.
[[nodiscard]] std::string format_stage(const Stage& stage);
[[nodiscard]] std::string format_stage(const WorkerStage& stage);

template <typename Level>
[[nodiscard]] Duration total_length(const std::vector<StageOf<Level>>& stages) {
  Duration sum{};
  for (const auto& stage : stages) {
    sum += stage.length;
  }
  return sum;
}

}  // namespace tripcurve::load
