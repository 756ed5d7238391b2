#include "importer/formats/dotnet_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// Puts a value where its name says: "CircuitBreaker:FailureRatio" is FailureRatio of
// CircuitBreaker, and joins what is there in any case.
void put(Node& map, std::string_view path, Node value) {
  const auto name = take_until(path, ":");
  const auto known = std::ranges::find_if(
      map.children, [&](const Node& child) { return same_word(child.key, name); });
  const bool joins = known != map.children.end() && known->is_map();
  if (!path.empty()) {
    auto& below = joins ? *known
                        : map.children.emplace_back(Node{.kind = Node::Kind::map,
                                                         .at = value.key_at,
                                                         .key = std::string(name),
                                                         .key_at = value.key_at});
    put(below, path, std::move(value));
  } else if (joins && value.is_map()) {
    for (auto& child : value.children) {
      const auto key = child.key;
      put(*known, key, std::move(child));
    }
  } else {
    value.key = std::string(name);
    map.children.push_back(std::move(value));
  }
}

Node expanded(const Node& node) {
  if (!node.is_map() && !node.is_list()) {
    return node;
  }
  Node result{.kind = node.kind, .at = node.at, .key = node.key, .key_at = node.key_at};
  constexpr std::ptrdiff_t most_steps = 16;
  const auto is_path = [](const Node& child) {
    const auto steps = std::ranges::count(child.key, ':');
    return steps > 0 && steps <= most_steps;
  };
  const bool has_paths = node.is_map() && std::ranges::any_of(node.children, is_path);
  for (const auto& child : node.children) {
    auto value = expanded(child);
    if (has_paths && std::ranges::count(child.key, ':') <= most_steps) {
      put(result, child.key, std::move(value));
    } else {
      result.children.push_back(std::move(value));
    }
  }
  return result;
}

}  // namespace

document::Documents dotnet_sections(const document::Documents& documents) {
  document::Documents sections;
  for (const auto& document : documents) {
    sections.push_back(expanded(document));
  }
  return sections;
}

Result<bool> dotnet_flag_of(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  if (same_word(trim(*text), "true") || same_word(trim(*text), "false")) {
    return same_word(trim(*text), "true");
  }
  return node.at.error(quoted(*text) + " is neither true nor false", "write true or false");
}

Result<std::uint64_t> dotnet_whole_of(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text.error();
  }
  const auto number = trim(*text);
  auto digits = number;
  int base = 10;
  for (const std::string_view hex : {"0x", "0X", "&h", "&H", "#"}) {
    if (digits.starts_with(hex)) {
      digits.remove_prefix(hex.size());
      base = 16;
    }
  }
  if (base == 10 && digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  std::uint32_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc{} || stopped != end) {
    return node.at.error(quoted(number) + " is not a whole number in .NET", "write it like 100");
  }
  return value;
}

std::optional<Duration> read_timespan(Fields& fields, std::string_view key, Duration least,
                                      Duration most) {
  const auto* node = fields.take(key);
  if (node == nullptr || node->kind == Node::Kind::null) {
    return std::nullopt;
  }
  const auto value = timespan_of(*node);
  if (!value) {
    fields.refuse(value.error());
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    fields.refuse(node->at.error(
        fmt::format("{}: {} is {}", key, quoted(node->text), format_duration(*value)),
        fmt::format("it must be from {} to {}; a TimeSpan is hh:mm:ss or d.hh:mm:ss",
                    format_duration(least), format_duration(most))));
  }
  return *value;
}

}  // namespace tripcurve::importer
