// --dashboard and --metrics: the flags of what a run shows over HTTP while it goes.
#pragma once

#include <optional>
#include <string>

#include "cli/control_flags.hpp"
#include "cli/flags.hpp"
#include "core/result.hpp"
#include "trial/pages.hpp"

namespace tripcurve::cli {

struct PageFlags {
  std::optional<std::string> dashboard, metrics;
  ControlFlags control{};
};

void add_page_flags(CLI::App& command, PageFlags& flags);

// `can_inject`: faults can be injected by hand.
[[nodiscard]] Result<trial::Pages::Options> pages_of(const PageFlags& flags, bool can_inject);

}  // namespace tripcurve::cli
