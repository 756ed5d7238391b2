#include "view/page.hpp"

#include "view/assets.hpp"

namespace tripcurve::view {
namespace {

// JSON inside of a script element: nothing in it ends the element or begins a comment, which only
// `<` can, and JSON has that nowhere but in strings. The two line ends that JSON allows and scripts
// once did not go the same way.
void put_data(std::string& out, std::string_view json) {
  constexpr std::string_view line_separator = "\xe2\x80\xa8";
  constexpr std::string_view paragraph_separator = "\xe2\x80\xa9";
  while (!json.empty()) {
    if (json.front() == '<') {
      out += "\\u003c";
      json.remove_prefix(1);
    } else if (json.starts_with(line_separator)) {
      out += "\\u2028";
      json.remove_prefix(line_separator.size());
    } else if (json.starts_with(paragraph_separator)) {
      out += "\\u2029";
      json.remove_prefix(paragraph_separator.size());
    } else {
      out += json.front();
      json.remove_prefix(1);
    }
  }
}

std::string_view connect_source(Use use) {
  switch (use) {
    case Use::report:
      return "'none'";
    case Use::live:
    case Use::control:
      return "'self'";
  }
  return "'none'";
}

}  // namespace

std::string page(Use use, std::string_view data) {
  const auto& [head, middle, tail] = assets();
  std::string out;
  out.reserve(head.size() + middle.size() + data.size() + tail.size() + 64);
  out += head;
  out += connect_source(use);
  out += middle;
  put_data(out, data);
  out += tail;
  return out;
}

}  // namespace tripcurve::view
