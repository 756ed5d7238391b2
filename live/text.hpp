// Text that is safe to print and whose width is known. Names come from people, plans and servers:
// an escape sequence in one of them must neither reach the terminal nor break a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripcurve::live {

// Not so are control characters (C0 and C1), what changes the direction of text or has no width of
// its own, private use, and U+FFFD.
[[nodiscard]] bool is_printable(char32_t c);

// `text` with a '?' for every code point that is not printable and, without `unicode`, for every
// one that is not ASCII.
[[nodiscard]] std::string printable(std::string_view text, bool unicode);

// How many columns a line of printable text takes; colours take none. Never fewer than a terminal
// gives it.
[[nodiscard]] int columns(std::string_view line);

// Printable text of at most `width` columns; a cut is marked with an ellipsis.
[[nodiscard]] std::string fit(std::string_view text, int width, bool unicode);

// Printable text as lines of at most `width` columns (at least 2), broken between words; a word
// that is wider is broken where the line is full.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int width);

}  // namespace tripcurve::live
