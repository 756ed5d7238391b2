// --control and --control-token: the flags of what can be told to do something else while it goes.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "serve/address.hpp"

namespace tripcurve::cli {

struct ControlFlags {
  std::optional<std::string> address, token;
};

void add_control_flags(CLI::App& command, ControlFlags& flags);

// Where it is controlled; empty: nowhere.
[[nodiscard]] Result<std::optional<serve::Address>> control_of(const ControlFlags& flags);

}  // namespace tripcurve::cli
