#include "core/http.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tripcurve {
namespace {

constexpr std::array<std::string_view, 8> usual_methods = {"GET",   "HEAD",   "POST",    "PUT",
                                                           "PATCH", "DELETE", "OPTIONS", "TRACE"};

constexpr std::string_view small_letters = "abcdefghijklmnopqrstuvwxyz";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~0123456789";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  for (auto& c : capitals) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return capitals;
}

bool is_usual_method(std::string_view word) {
  return std::ranges::any_of(usual_methods, [&](auto one) { return same_word(one, word); });
}

}  // namespace

Result<std::string> parse_method(std::string_view text) {
  if (!is_token(text)) {
    return Error{quoted(text) + " is not a method", "write GET, POST or another method"};
  }
  if (text.find_first_of(small_letters) != std::string_view::npos) {
    return Error{quoted(text) + " is not a method: methods are written in capital letters",
                 "write " + in_capitals(text)};
  }
  return std::string(text);
}

std::string_view leading_method(std::string_view text) {
  const auto word = text.substr(0, std::min(text.find_first_of(":/ "), text.size()));
  return is_usual_method(word) ? word : std::string_view();
}

std::string_view trailing_method(std::string_view text) {
  text = trim(text);
  const auto blank = text.find_last_of(white_space);
  const auto word = blank == std::string_view::npos ? "" : text.substr(blank + 1);
  return is_usual_method(word) ? word : std::string_view();
}

Result<std::string> parse_path(std::string_view text) {
  if (const auto method = leading_method(text); !method.empty()) {
    const auto path = text.find('/');
    return Error{quoted(text) + " is not a path: it begins with a method",
                 "write " + in_capitals(method) + " " +
                     std::string(path == std::string_view::npos ? "/path" : text.substr(path))};
  }
  if (const auto method = trailing_method(text); !method.empty()) {
    const auto path = trim(text.substr(0, trim(text).size() - method.size()));
    return Error{quoted(text) + " is not a path: it ends with a method, which comes first",
                 "write " + in_capitals(method) + " " + std::string(path)};
  }
  if (std::ranges::any_of(text, [](char c) { return c == ' ' || is_control(c); })) {
    return Error{quoted(text) + " is not a path: it has a blank or a control character in it",
                 "write a blank as %20"};
  }
  if (const auto host = text.find("://"); host != std::string_view::npos) {
    const auto path = text.find('/', host + 3);
    return Error{quoted(text) + " is not a path, but a whole URL",
                 "write " + std::string(path == std::string_view::npos ? "/" : text.substr(path))};
  }
  if (!text.starts_with('/')) {
    return Error{quoted(text) + " is not a path", "write /" + std::string(text)};
  }
  if (const auto fragment = text.find('#'); fragment != std::string_view::npos) {
    return Error{quoted(text) + " has a fragment, which is never sent",
                 "write " + std::string(text.substr(0, fragment))};
  }
  return std::string(text);
}

Result<Header> parse_header(std::string_view name, std::string_view value) {
  if (!is_token(name)) {
    return Error{quoted(name) + " is not the name of a header", "write a name such as x-tenant"};
  }
  if (trim(value) != value) {
    return Error{"the value " + quoted(value) + " of header " + quoted(name) +
                     " has blanks around it, which are not part of a value",
                 "write " + quoted(trim(value))};
  }
  if (std::ranges::any_of(value, is_control)) {
    return Error{"the value of header " + quoted(name) + " has a control character in it",
                 "leave it out: a value is one line of text"};
  }
  return Header{std::string(name), std::string(value)};
}

}  // namespace tripcurve
