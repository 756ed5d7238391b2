#include "report/layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::report {
namespace {

struct Glyph {
  std::string_view bytes;
  std::size_t columns;
};

constexpr Glyph replacement{"\uFFFD", 1};

// As terminals and fmt have it: ranges of characters two columns wide.
constexpr std::array<std::pair<char32_t, char32_t>, 12> wide{{
    {0x1100, 0x115f},
    {0x231a, 0x231b},
    {0x2e80, 0x303e},
    {0x3040, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f},
    {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
}};

// Takes the next character off `rest`, which is not empty; of broken UTF-8 one byte.
Glyph next_glyph(std::string_view& rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  const std::size_t length = lead < 0x80             ? 1
                             : lead >> 5U == 0b110   ? 2
                             : lead >> 4U == 0b1110  ? 3
                             : lead >> 3U == 0b11110 ? 4
                                                     : 0;
  char32_t code = length <= 1 ? lead : lead & (0x7fU >> length);
  bool whole = length > 0 && length <= rest.size();
  for (std::size_t i = 1; whole && i < length; ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    whole = byte >> 6U == 0b10;
    code = code << 6U | (byte & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool valid =
      whole && code >= least[length] && code <= 0x10ffff && !(0xd800 <= code && code <= 0xdfff);
  const auto bytes = rest.substr(0, valid ? length : 1);
  rest.remove_prefix(bytes.size());
  const bool control = code < 0x20 || (0x7f <= code && code < 0xa0);
  // Line separators, and marks that make a terminal write from right to left.
  const bool moves = code == 0x2028 || code == 0x2029 || (0x202a <= code && code <= 0x202e) ||
                     (0x2066 <= code && code <= 0x2069);
  if (!valid || control || moves) {
    return replacement;
  }
  const bool two = std::ranges::any_of(
      wide, [&](const auto& range) { return range.first <= code && code <= range.second; });
  return {bytes, two ? 2U : 1U};
}

// The longest beginning of `text` that fits into `width` columns.
std::string take(std::string_view& text, std::size_t width) {
  std::string taken;
  while (!text.empty()) {
    auto rest = text;
    const auto glyph = next_glyph(rest);
    if (glyph.columns > width) {
      break;
    }
    width -= glyph.columns;
    taken += glyph.bytes;
    text = rest;
  }
  return taken;
}

std::string spaces(std::size_t width, std::size_t used) {
  return std::string(width - std::min(width, used), ' ');
}

}  // namespace

std::string printable(std::string_view text) { return take(text, std::string_view::npos); }

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) {
    sum += next_glyph(text).columns;
  }
  return sum;
}

std::string cut(std::string_view text, std::size_t width) {
  if (columns(text) <= width) {
    return printable(text);
  }
  return width == 0 ? "" : take(text, width - 1) + "…";
}

std::string left(std::string_view text, std::size_t width) {
  auto shown = cut(text, width);
  return shown + spaces(width, columns(shown));
}

std::string right(std::string_view text, std::size_t width) {
  const auto shown = cut(text, width);
  return spaces(width, columns(shown)) + shown;
}

std::string hang(std::string_view head, std::string_view text) {
  const auto indent = columns(head);
  ENSURE(indent + 2 <= line_width);  // room for the widest character
  std::string lines = printable(head);
  std::size_t used = indent;
  bool spaced = true;  // a space stands before the next word
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    // A word too long for any line, such as a breaker with its settings, breaks after its commas.
    const bool breaks = columns(word) > line_width - indent && word.find(',') < word.size() - 1;
    if (breaks) {
      word = word.substr(0, word.find(',') + 1);
    }
    text.remove_prefix(std::min(word.size() + (breaks ? 0 : 1), text.size()));
    const std::size_t space = spaced ? 1 : 0;
    spaced = !breaks;
    if (used > indent) {
      if (used + space + columns(word) <= line_width) {
        lines += std::string(space, ' ');
        used += space;
      } else {
        lines += '\n' + std::string(indent, ' ');
        used = indent;
      }
    }
    for (;;) {
      const auto part = take(word, line_width - used);
      lines += part;
      used += columns(part);
      if (word.empty()) {
        break;
      }
      lines += '\n' + std::string(indent, ' ');
      used = indent;
    }
  }
  return lines + '\n';
}

}  // namespace tripcurve::report
