#include "document/read.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tripcurve::document {
namespace {

// The first line that is neither empty nor a comment.
std::string_view first_line(std::string_view text) {
  std::string_view line;
  while (line.empty() && !text.empty()) {
    line = trim(take_until(text, "\n"));
    if (line.starts_with('#') || line.starts_with('!')) {
      line = {};
    }
  }
  return line;
}

// The name of a block of nginx, "backend" of "backend {"; "" when it is none.
std::string_view name_of_block(std::string_view line) {
  const auto name = line.substr(0, line.find_first_of(" \t{"));
  const bool is_word = name.find_first_of("=:\"[](),") == std::string_view::npos;
  return is_word && trim(line.substr(name.size())).starts_with('{') ? name : std::string_view{};
}

// nginx's blocks for HTTP begin a line: "upstream backend {", "http {". The brace may stand in the
// next line.
bool is_nginx(std::string_view text) {
  std::string_view before;
  while (!text.empty()) {
    auto line = trim(take_until(text, "\n"));
    if (line.starts_with('{') && !before.empty()) {
      line = std::string_view(before.data(),
                              static_cast<std::size_t>(line.data() + 1 - before.data()));
    }
    constexpr std::string_view upstream = "upstream ";
    if (line.starts_with(upstream)) {
      if (!name_of_block(trim(line.substr(upstream.size()))).empty()) {
        return true;
      }
    } else if (const auto name = name_of_block(line);
               name == "http" || name == "server" || name == "events") {
      return true;
    }
    before = line.empty() ? before : line;
  }
  return false;
}

// HAProxy's sections begin a line with a word and a name: "backend shop".
bool is_haproxy(std::string_view text) {
  constexpr std::string_view no_name = "=:\"'{}[](),";
  while (!text.empty()) {
    auto line = trim(take_until(text, "\n"));
    const auto word = take_until(line, " \t");
    const auto name = trim(line).substr(0, trim(line).find_first_of(" \t#"));
    if ((word == "backend" || word == "listen" || word == "frontend") && !name.empty() &&
        name.find_first_of(no_name) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool ends_in(std::string_view file, std::string_view ending) {
  return file.size() > ending.size() && same_word(file.substr(file.size() - ending.size()), ending);
}

}  // namespace

Result<Documents> read(const std::string& file, std::string_view text, Twice twice) {
  if (ends_in(file, ".properties")) {
    return read_properties(file, text);
  }
  if (ends_in(file, ".json")) {
    return read_json(file, text, twice);
  }
  if (!ends_in(file, ".yaml") && !ends_in(file, ".yml")) {
    if (is_nginx(text)) {
      return read_nginx(file, text);
    }
    const auto line = first_line(text);
    const bool is_data = line.starts_with('{') || line.starts_with('[');
    if (!is_data && is_haproxy(text)) {
      return read_haproxy(file, text);
    }
    if (line.starts_with('{') || line.starts_with('[') || line.starts_with("//")) {
      return read_json(file, text, twice);
    }
    const auto separator = line.find_first_of("=:");
    if (separator != std::string_view::npos && line[separator] == '=') {
      return read_properties(file, text);
    }
  }
  return read_yaml(file, text, twice);
}

}  // namespace tripcurve::document
