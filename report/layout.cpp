#include "report/layout.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ensure.hpp"
#include "core/text.hpp"

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
  const auto before = rest;
  const auto code = take_code_point(rest);
  const auto bytes = before.substr(0, before.size() - rest.size());
  if (steers(code) || code == U'\uFFFD') {
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
