// The command as it was typed, so that a report can say how to run it again.
#pragma once

#include <cstdint>
#include <string>

namespace tripcurve::cli {

// Called once, by main().
void remember_command_line(int argc, const char* const* argv);

// For a shell: one run, with this seed, whatever seeds were typed, and without the flags that say
// where its results go.
[[nodiscard]] std::string command_line_with_seed(std::uint64_t seed);

}  // namespace tripcurve::cli
