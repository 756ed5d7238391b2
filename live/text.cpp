#include "live/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>

#include "core/ensure.hpp"
#include "core/text.hpp"

namespace tripcurve::live {
namespace {

struct Range {
  char32_t first, last;
};

// Sorted. What is left out here is taken to be printable and of one column, which may be too much
// (a rare combining mark) but is never too little.
constexpr std::array unprintable = {
    Range{0x0000, 0x001F},    Range{0x007F, 0x009F}, Range{0x00AD, 0x00AD}, Range{0x0300, 0x036F},
    Range{0x0483, 0x0489},    Range{0x0591, 0x05BD}, Range{0x061C, 0x061C}, Range{0x064B, 0x065F},
    Range{0x180E, 0x180E},    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},
    Range{0x2028, 0x202E},    Range{0x2060, 0x206F}, Range{0x20D0, 0x20FF}, Range{0xD800, 0xF8FF},
    Range{0xFE00, 0xFE0F},    Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}, Range{0xFFF0, 0xFFFF},
    Range{0xE0000, 0x10FFFF},
};

// East Asian wide and full-width characters, and the blocks that emoji live in.
constexpr std::array wide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},
    Range{0x23E9, 0x23FA},   Range{0x2600, 0x27BF},   Range{0x2B00, 0x2BFF},
    Range{0x2E80, 0xA4CF},   Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7FF},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x16FE0, 0x1B2FF}, Range{0x1F000, 0x1FAFF},
    Range{0x20000, 0x3FFFD},
};

bool within(std::span<const Range> ranges, char32_t c) {
  const auto* const after =
      std::upper_bound(ranges.data(), ranges.data() + ranges.size(), c,
                       [](char32_t wanted, const Range& range) { return wanted < range.first; });
  return after != ranges.data() && c <= std::prev(after)->last;
}

int width_of(char32_t c) { return within(wide, c) ? 2 : 1; }

// The part of `text` that fits into `width` columns.
std::string_view head(std::string_view text, int width) {
  auto rest = text;
  while (!rest.empty()) {
    auto after = rest;
    width -= width_of(take_code_point(after));
    if (width < 0) {
      break;
    }
    rest = after;
  }
  return text.substr(0, text.size() - rest.size());
}

}  // namespace

bool is_printable(char32_t c) { return !within(unprintable, c); }

std::string printable(std::string_view text, bool unicode) {
  std::string clean;
  while (!text.empty()) {
    const auto before = text;
    const auto c = take_code_point(text);
    if (is_printable(c) && (unicode || c < 0x80)) {
      clean += before.substr(0, before.size() - text.size());
    } else {
      clean += '?';
    }
  }
  return clean;
}

int columns(std::string_view line) {
  int sum = 0;
  while (!line.empty()) {
    if (line.starts_with("\x1b[")) {
      line.remove_prefix(std::min(line.find('m'), line.size() - 1) + 1);
    } else {
      sum += width_of(take_code_point(line));
    }
  }
  return sum;
}

std::string fit(std::string_view text, int width, bool unicode) {
  auto clean = printable(text, unicode);
  if (columns(clean) <= width) {
    return clean;
  }
  if (width < 1) {
    return {};
  }
  return std::string(head(clean, width - 1)) + (unicode ? "…" : "~");
}

std::vector<std::string> wrap(std::string_view text, int width) {
  ENSURE(width >= 2);
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto word_end = std::min(text.find(' '), text.size());
    auto word = text.substr(0, word_end);
    text.remove_prefix(std::min(word_end + 1, text.size()));
    const int taken = columns(lines.back());
    if (taken > 0 && taken + 1 + columns(word) <= width) {
      lines.back() += ' ';
      lines.back() += word;
      continue;
    }
    if (taken > 0) {
      lines.emplace_back();
    }
    while (columns(word) > width) {
      lines.back() = head(word, width);
      word.remove_prefix(lines.back().size());
      lines.emplace_back();
    }
    lines.back() = word;
  }
  return lines;
}

}  // namespace tripcurve::live
