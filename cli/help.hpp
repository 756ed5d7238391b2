// How help looks: one line per flag, grouped, within 80 columns, examples at the end.
#pragma once

#include "cli/flags.hpp"

namespace tripcurve::cli {

// Call once every command and flag is declared. Words that CLI11 cannot place are kept for us to
// comment on, instead of ending in its own message.
void prepare_help(CLI::App& app);

}  // namespace tripcurve::cli
