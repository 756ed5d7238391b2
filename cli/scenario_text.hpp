// The scenarios of a sweep, for list and describe.
#pragma once

#include <optional>
#include <string>

#include "core/exit_code.hpp"
#include "sweep/scenarios.hpp"

namespace tripcurve::cli {

[[nodiscard]] ExitCode list_scenarios(const std::optional<std::string>& json_path);

[[nodiscard]] std::string phases_explained(const sweep::Story& story);

}  // namespace tripcurve::cli
