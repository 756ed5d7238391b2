// Grammar: yaml.org/type/int.html, and snakeyaml's Resolver and ConstructYamlInt. 0o20 is of YAML
// 1.2, which the readers in Go take as well.
#include "importer/numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/text.hpp"

namespace tripcurve::importer {
namespace {

std::optional<std::uint64_t> to_base(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
  return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
}

// A sign, and what it is of.
struct Signed {
  std::string_view sign;
  std::string_view rest;
};
Signed without_sign(std::string_view text) {
  const bool has = text.starts_with('-') || text.starts_with('+');
  return {text.starts_with('-') ? text.substr(0, 1) : std::string_view{}, text.substr(has ? 1 : 0)};
}

// 1:30:00, of which all but the first part are below 60.
std::optional<std::uint64_t> in_sixties(std::string_view text) {
  std::uint64_t value = 0;
  for (bool first = true; !text.empty(); first = false) {
    const auto part = take_until(text, ":");
    const auto digits = to_base(part, 10);
    if (!all_digits(part) || part.size() > 9 || !digits || (!first && *digits > 59) ||
        value > UINT32_MAX) {
      return std::nullopt;
    }
    value = value * 60 + *digits;
  }
  return value;
}

std::string written(std::string_view sign, std::optional<std::uint64_t> value,
                    std::string_view otherwise) {
  return value ? std::string(sign) + std::to_string(*value) : std::string(otherwise);
}

}  // namespace

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string number_in_yaml(std::string_view text) {
  const auto [sign, rest] = without_sign(text);
  std::string digits(rest);
  std::erase(digits, '_');
  const std::string_view plain = digits;
  if (!plain.empty() && (plain.front() < '0' || plain.front() > '9')) {
    return std::string(text);
  }
  if (plain.starts_with("0x")) {
    return written(sign, to_base(plain.substr(2), 16), text);
  }
  if (plain.starts_with("0b")) {
    return written(sign, to_base(plain.substr(2), 2), text);
  }
  if (plain.starts_with("0o")) {
    return written(sign, to_base(plain.substr(2), 8), text);
  }
  if (plain.starts_with('0') && plain.size() > 1) {
    return written(sign, to_base(plain.substr(1), 8), text);
  }
  if (all_digits(plain)) {
    return written(sign, to_base(plain, 10), text);
  }
  const bool decimal = plain.size() < rest.size() && std::ranges::count(plain, '.') == 1 &&
                       plain.find_first_not_of("0123456789.") == std::string_view::npos;
  return decimal ? std::string(sign) + digits : std::string(text);
}

std::string number_in_spring(std::string_view text, bool is_text) {
  const auto [sign, rest] = without_sign(trim(text));
  if (is_text) {
    return all_digits(rest) && rest.size() > 1 && rest.front() == '0'
               ? written(sign, to_base(rest, 10), text)
               : std::string(text);
  }
  const bool in_base_60 = rest.find(':') != std::string_view::npos && rest.front() >= '1' &&
                          rest.front() <= '9' && !rest.ends_with(':');
  return in_base_60 ? written(sign, in_sixties(rest), text) : number_in_yaml(text);
}

}  // namespace tripcurve::importer
