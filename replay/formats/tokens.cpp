#include "replay/formats/tokens.hpp"

#include <algorithm>

namespace tripcurve::replay {
namespace {

std::optional<std::string_view> take_quoted(std::string_view& rest) {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      const auto word = rest.substr(1, i - 1);
      rest.remove_prefix(i + 1);
      return word;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> take_word(std::string_view& rest) {
  while (rest.starts_with(' ')) {
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return std::nullopt;
  }
  if (rest.front() == '"') {
    return take_quoted(rest);
  }
  const bool is_bracketed = rest.front() == '[';
  const auto end = rest.find(is_bracketed ? ']' : ' ');
  if (is_bracketed && end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto word = is_bracketed ? rest.substr(1, end - 1) : rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end == std::string_view::npos ? rest.size() : end + 1));
  return word;
}

std::optional<std::string_view> take_words(std::string_view& rest, int count) {
  std::optional<std::string_view> word;
  for (int i = 0; i < count; ++i) {
    word = take_word(rest);
    if (!word) {
      return std::nullopt;
    }
  }
  return word;
}

std::string_view path_of_request(std::string_view request) {
  auto path = request;
  if (const auto space = path.find(' '); space != std::string_view::npos) {
    path.remove_prefix(space + 1);
    path = path.substr(0, path.find(' '));
  }
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos) {
    path.remove_prefix(scheme + 3);
    const auto slash = path.find('/');
    path = slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
  }
  return path.substr(0, path.find('?'));
}

}  // namespace tripcurve::replay
