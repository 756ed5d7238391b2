#include "core/text.hpp"

#include <cstdint>

#include "core/ensure.hpp"

namespace tripcurve {
namespace {

constexpr char32_t no_character = 0xFFFD;

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

std::size_t length_by_lead(unsigned lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return 3;
  }
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// U+FFFD unless `text` begins with a well-formed sequence of `length` bytes.
char32_t decode(std::string_view text, std::size_t length) {
  if (length == 0 || text.size() < length) {
    return no_character;
  }
  if (length == 1) {
    return byte_at(text, 0);
  }
  char32_t c = byte_at(text, 0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) {
      return no_character;
    }
    c = c << 6U | (byte_at(text, i) & 0x3FU);
  }
  const bool overlong = c < (length == 2 ? 0x80U : length == 3 ? 0x800U : 0x10000U);
  const bool surrogate = c >= 0xD800U && c <= 0xDFFFU;
  return overlong || surrogate || c > 0x10FFFFU ? no_character : c;
}

// "\x1b", "\u202e"; of what is no character its byte.
std::string escape(char32_t c, std::string_view bytes) {
  const bool is_byte = c < 0x80 || c == no_character;
  const auto number = is_byte ? byte_at(bytes, 0) : static_cast<std::uint32_t>(c);
  std::string text = is_byte ? "\\x" : "\\u";
  for (int shift = is_byte ? 4 : 12; shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[number >> static_cast<unsigned>(shift) & 0xFU];
  }
  return text;
}

std::string without_steering(std::string_view text, std::string_view kept) {
  std::string clean;
  while (!text.empty()) {
    const auto before = text;
    const auto c = take_code_point(text);
    const auto bytes = before.substr(0, before.size() - text.size());
    const bool is_kept = c < 0x80 && kept.find(static_cast<char>(c)) != std::string_view::npos;
    const bool is_broken = c == no_character && bytes.size() == 1;
    clean += (steers(c) && !is_kept) || is_broken ? escape(c, bytes) : std::string(bytes);
  }
  return clean;
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  ENSURE(!text.empty());
  const auto length = length_by_lead(byte_at(text, 0));
  const auto c = decode(text, length);
  const bool is_one = c != no_character || text.starts_with("\uFFFD");
  text.remove_prefix(is_one ? length : 1);
  return c;
}

bool steers(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string visible(std::string_view text) {
  constexpr std::size_t longest = 1000;
  return without_steering(text.substr(0, longest), "") + (text.size() > longest ? "..." : "");
}

std::string harmless(std::string_view text) { return without_steering(text, "\n\t"); }

}  // namespace tripcurve
