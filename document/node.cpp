#include "document/node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tripcurve::document {

std::string Place::text() const {
  return fmt::format("{}:{}:{}", file == nullptr ? "-" : *file, line, column);
}

Error Place::error(std::string message, std::string hint) const {
  return Error{std::move(message), std::move(hint)}.in(text());
}

const Node* Node::find(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &Node::key);
  return is_map() && found != children.end() ? &*found : nullptr;
}

std::string_view describe(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "a single value";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a block of keys";
  }
  return "";
}

Result<std::string> text_of(const Node& node) {
  if (node.is_scalar()) {
    return node.text;
  }
  const auto what =
      node.key.empty() ? "a single value is needed" : "'" + node.key + "' takes a single value";
  return node.at.error(fmt::format("{}, but this is {}", what, describe(node.kind)));
}

}  // namespace tripcurve::document
