// What `probe --self all` does: it probes a breaker of each dialect, in virtual time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/exit_code.hpp"
#include "probe/findings.hpp"

namespace tripcurve::cli {

// Tells a line for each, and the medians; fails if a dialect was not among what was left.
[[nodiscard]] ExitCode probe_all(const probe::Question& question, std::uint64_t seed,
                                 const std::optional<std::string>& json);

}  // namespace tripcurve::cli
