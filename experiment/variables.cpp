#include "experiment/variables.hpp"

#include <algorithm>
#include <string_view>

#include "core/text.hpp"

namespace tripcurve::experiment {
namespace {

constexpr std::string_view forms = "write ${NAME} or ${NAME:-default}; $${ is a plain ${";

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

// The value of what stands between the braces.
Result<std::string> value_of(std::string_view inside, const Variable& variable) {
  const auto written = quoted("${" + std::string(inside) + "}");
  const auto mark = inside.find(":-");
  const auto name = inside.substr(0, mark);
  if (!is_name(name)) {
    return Error{written + " does not name a variable", std::string(forms)};
  }
  const auto value = variable ? variable(std::string(name)) : std::nullopt;
  if (mark == std::string_view::npos) {
    return value ? Result(*value)
                 : Error{"the environment has no variable " + quoted(name),
                         "set it, or give a default: ${" + std::string(name) + ":-default}"};
  }
  const auto fallback = inside.substr(mark + 2);
  if (fallback.find("${") != std::string_view::npos) {
    return Error{"the default of " + quoted(name) + " is another variable",
                 "write the default itself"};
  }
  return value && !value->empty() ? *value : std::string(fallback);
}

Result<std::string> substituted(std::string_view text, const Variable& variable) {
  std::string result;
  for (;;) {
    const auto begin = text.find("${");
    result += text.substr(0, begin);
    if (begin == std::string_view::npos) {
      return result;
    }
    const bool escaped = begin > 0 && text[begin - 1] == '$';
    text.remove_prefix(begin + 2);
    if (escaped) {
      result += '{';
      continue;
    }
    const auto end = text.find('}');
    if (end == std::string_view::npos) {
      return Error{quoted("${" + std::string(text)) + " has no closing brace", std::string(forms)};
    }
    const auto value = value_of(text.substr(0, end), variable);
    if (!value) {
      return value;
    }
    result += *value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string without_variables(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text.substr(i).starts_with("${") ? "$$" : std::string(1, text[i]);
  }
  return result;
}

void substitute(Node& node, const Variable& variable, Mistakes& mistakes) {
  if (node.is_scalar() && node.text.find("${") != std::string::npos) {
    if (auto text = substituted(node.text, variable)) {
      node.text = *std::move(text);
    } else {
      mistakes.add(node.at, text.error());
    }
  }
  for (auto& child : node.children) {
    substitute(child, variable, mistakes);
  }
}

}  // namespace tripcurve::experiment
