// Work that several machines share: job k of it, counted from 0, belongs to the shard whose number
// is k mod the number of shards, plus 1.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::shards {

struct Shard {
  std::uint32_t number = 1;  // from 1
  std::uint32_t of = 1;
  std::string from{};  // the variables that named it: "SLURM_ARRAY_TASK_ID=3"; empty if typed

  [[nodiscard]] bool has(std::size_t job) const { return job % of == number - 1; }
  [[nodiscard]] std::string text() const;  // "2/8"
};

using Variable = std::function<std::optional<std::string>(const std::string& name)>;

// "2/8"; "auto", which asks the variables of the engine that started this process which it is of
// how many; or "auto/8" for an engine that tells the number and not how many there are. Refuses
// numbers that do not fit, and `auto` where no engine, or more than one, says something.
[[nodiscard]] Result<Shard> parse_shard(std::string_view text, const Variable& variable);

}  // namespace tripcurve::shards
