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

// What a file or a stranger says may be anything: without control characters, and not endless.
[[nodiscard]] inline std::string visible(std::string_view text) {
  constexpr std::size_t longest = 1000;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      shown += std::string("\\x") + digits[byte / 16] + digits[byte % 16];
    } else {
      shown += c;
    }
  }
  return text.size() > longest ? shown + "..." : shown;
}

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
