// One line of a file of traces, whatever it is a trace of.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::conform {

struct Replayed {
  std::size_t steps = 0;
  std::optional<std::string> difference{};  // for people; nothing when every step is equal
};

// Reads the line and replays it: of whole calls when it has `calls`, of a retry's waits when it has
// `draws`, else of a breaker.
[[nodiscard]] Result<Replayed> replay_line(std::string_view line);

}  // namespace tripcurve::conform
