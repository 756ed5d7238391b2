// What one process keeps of a replay for another, which puts together what several have found: the
// trace as it was read, and what one setting came to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/replay.hpp"

namespace tripcurve::replay {

// What all settings have in common.
struct Common {
  TraceFacts trace{};  // but for its zone, which was given
  std::vector<std::string> breakers{};
  Series timeline{std::chrono::seconds(1), Outcomes::most_stretches};
};

struct Kept {
  std::string common{};  // as text: equal where it was the same trace
  Outcomes outcomes{};   // but for its setting
};

[[nodiscard]] Kept kept(const Findings& findings, std::size_t setting);

[[nodiscard]] std::string write(const Kept& kept);
// None if it is nothing that was written so.
[[nodiscard]] std::optional<Kept> read_kept(std::string_view text);
[[nodiscard]] std::optional<Common> read_common(std::string_view text);

}  // namespace tripcurve::replay
