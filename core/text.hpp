// The few things that everybody who reads what a person typed does with text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace tripcurve {

inline constexpr std::string_view white_space = " \t\r\n\v\f";

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// Equal but for the case of ASCII letters.
[[nodiscard]] constexpr bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// As messages show what was read: 'text'.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// Takes the next code point off UTF-8 text that is not empty. U+FFFD stands for a byte that begins
// no code point, and for itself.
[[nodiscard]] char32_t take_code_point(std::string_view& text);

// Whether it moves a terminal's cursor, or changes the direction of text: a control character (C0,
// C1), a separator of lines, or a mark of direction.
[[nodiscard]] bool steers(char32_t c);

// What a file or a stranger says may be anything: on one line, with an escape ("\x1b", "\u202e")
// for what steers or is not UTF-8, and not endless.
[[nodiscard]] std::string visible(std::string_view text);

// The same for text that has lines of its own: ends of lines and tabs stay, and so does its length.
[[nodiscard]] std::string harmless(std::string_view text);

// Takes the text before the first of `separators` off the front of `rest`, and that separator with
// it. Without one, it takes all.
[[nodiscard]] constexpr std::string_view take_until(std::string_view& rest,
                                                    std::string_view separators) {
  const auto found = rest.find_first_of(separators);
  const auto taken = rest.substr(0, found);
  rest.remove_prefix(found == std::string_view::npos ? rest.size() : found + 1);
  return taken;
}

}  // namespace tripcurve
