#include "document/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/units.hpp"

namespace tripcurve::document {
namespace {

// The length of the UTF-8 character that `text` begins with, or 0 when it is none: RFC 3629, table
// in section 4, which leaves out overlong forms, surrogates and what is beyond U+10FFFF.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto tail = [&](std::size_t i, std::uint8_t least = 0x80, std::uint8_t most = 0xbf) {
    return byte(i) >= least && byte(i) <= most;
  };
  const auto first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return tail(1) ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    const std::uint8_t least = first == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t most = first == 0xed ? 0x9f : 0xbf;
    return tail(1, least, most) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const std::uint8_t least = first == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t most = first == 0xf4 ? 0x8f : 0xbf;
    return tail(1, least, most) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<Error> Budget::take(const Node& node, std::size_t depth) {
  if (depth > most_depth) {
    return node.at.error(fmt::format("nested more than {} deep", most_depth));
  }
  ++nodes_;
  bytes_ += node.text.size() + node.key.size();
  if (nodes_ > most_nodes) {
    return node.at.error(
        fmt::format("more than {} values, counting each use of an alias", most_nodes));
  }
  if (bytes_ > most_bytes) {
    return node.at.error(fmt::format("more than {} of text, counting each use of an alias",
                                     format_size(most_bytes)));
  }
  return std::nullopt;
}

std::optional<Error> Budget::take_copy(const Node& tree, std::size_t depth) {
  auto error = take(tree, depth);
  for (auto child = tree.children.begin(); !error && child != tree.children.end(); ++child) {
    error = take_copy(*child, depth + 1);
  }
  return error;
}

std::optional<Error> not_text(const Place& begin, std::string_view text) {
  if (text.size() > most_bytes) {
    return Error{fmt::format("{}: larger than {}", *begin.file, format_size(most_bytes)),
                 "a configuration file is usually smaller; cut out the part with the breaker"};
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return begin.error("this is UTF-16", "save the file as UTF-8");
  }
  Place place = begin;
  for (std::size_t i = 0; i < text.size();) {
    const auto length = character_length(text.substr(i));
    if (length == 0) {
      return place.error(
          fmt::format("byte {:#04x} is not UTF-8", static_cast<std::uint8_t>(text[i])),
          "save the file as UTF-8");
    }
    if (text[i] == '\0') {
      return place.error("a zero byte: this is not text, or it is UTF-16",
                         "save the file as UTF-8");
    }
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      place.column += static_cast<std::uint32_t>(length);
    }
    i += length;
  }
  return std::nullopt;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = character_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto tail = [&](std::uint32_t shift) {
    text += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace tripcurve::document
