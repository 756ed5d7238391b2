#include "document/template.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tripcurve::document {
namespace {

// @name@, without blanks: an address of mail has one @ only.
bool has_filter_mark(std::string_view text) {
  for (auto begin = text.find('@'); begin != std::string_view::npos;
       begin = text.find('@', begin + 1)) {
    const auto end = text.find('@', begin + 1);
    if (end == std::string_view::npos) {
      return false;
    }
    const auto name = text.substr(begin + 1, end - begin - 1);
    if (!name.empty() && std::ranges::all_of(name, [](unsigned char c) {
          return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
        })) {
      return true;
    }
  }
  return false;
}

// ${NAME}, or $NAME as envsubst fills it in.
bool has_variable(std::string_view line) {
  for (auto at = line.find('$'); at != std::string_view::npos; at = line.find('$', at + 1)) {
    const auto next = at + 1 < line.size() ? static_cast<unsigned char>(line[at + 1]) : 0;
    if (next == '{' || std::isalpha(next) != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_template(std::string_view text) {
  constexpr std::array<std::string_view, 4> marks{"{{", "{%", "<%", "#{"};
  return std::ranges::any_of(
             marks,
             [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; }) ||
         has_filter_mark(text);
}

std::string_view hint_for_line(std::string_view line) {
  if (is_template(line)) {
    return render_first;
  }
  return has_variable(line) ? "put a value with ${...} in quotes, or fill it in first"
                            : std::string_view{};
}

}  // namespace tripcurve::document
