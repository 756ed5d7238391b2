// Settings of a phase, by name and as they are written, in the JSON that programs and pages send:
// {"errors": "503:20%", "latency": "2s"}. Which there are and what they may say, others know.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::serve {

using Settings = std::vector<std::pair<std::string, std::string>>;

// A null takes a setting away.
using SettingChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;

// Refuses what is no JSON object whose values are strings or null; `example` is one.
[[nodiscard]] Result<SettingChanges> read_changes(std::string_view body, std::string_view example);

[[nodiscard]] Settings changed(Settings settings, const SettingChanges& changes);

}  // namespace tripcurve::serve
