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
    const auto line = first_line(text);
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
