// Text in terminal columns. Names come from people, so they may hold anything: what is not UTF-8 or
// would move the cursor is shown as U+FFFD, here and nowhere else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tripcurve::report {

inline constexpr std::size_t line_width = 80;

// `text` with control characters and broken UTF-8 replaced; one line.
[[nodiscard]] std::string printable(std::string_view text);

// How many columns printable(text) takes; East Asian characters and emoji take two.
[[nodiscard]] std::size_t columns(std::string_view text);

// printable(text) if that fits into `width` columns, else its beginning and "…".
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

// cut(), then filled with spaces up to `width`.
[[nodiscard]] std::string left(std::string_view text, std::size_t width);
[[nodiscard]] std::string right(std::string_view text, std::size_t width);

// `head`, then `text` broken at spaces to stay within the line; its further lines are indented to
// where it began. Nothing is left out: a word that is longer than a line is broken. Ends in a
// newline.
[[nodiscard]] std::string hang(std::string_view head, std::string_view text);

}  // namespace tripcurve::report
