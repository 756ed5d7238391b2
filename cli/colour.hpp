// --color, and reports in colour where somebody sees it.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "live/display.hpp"
#include "report/marked_text.hpp"

namespace tripcurve::cli {

enum class Colour { automatic, always, never };

void add_colour_flag(const FlagGroup& add, std::optional<std::string>& flag);

[[nodiscard]] Result<Colour> colour_of(const std::optional<std::string>& flag);

// How to show things on `fd`. Unless the flag decides, only a terminal has colours, and only if it
// can move its cursor and NO_COLOR is empty.
[[nodiscard]] live::Style style_on(int fd, Colour colour);

// A report for people, on standard output; what went wrong with it.
[[nodiscard]] std::optional<std::string> try_print(const report::MarkedText& text, Colour colour);

// The same on standard error, where standard output is taken.
void say(const report::MarkedText& text, Colour colour);

}  // namespace tripcurve::cli
