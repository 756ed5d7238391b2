// What a file that a person wrote says: a tree that remembers where everything stands, so that
// every complaint can say file:line:column. YAML, JSON and Java properties all become this tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::document {

// Where something stands; lines and columns count from 1, columns in bytes, as compilers do.
struct Place {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  [[nodiscard]] std::string text() const;  // "application.yml:12:5"

  // A mistake that was made here.
  [[nodiscard]] Error error(std::string message, std::string hint = {}) const;
};

struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text{};            // of a scalar: as written, without its quotes
  bool quoted = false;           // of a scalar: it is text, whatever it looks like
  std::vector<Node> children{};  // of a list or a map, in the order of the file
  Place at{};                    // where the value begins
  std::string key{};             // in a map: what it is called there ...
  Place key_at{};                // ... and where that stands; elsewhere the same as `at`
  bool again = false;            // in a map: the key was given before, see Twice in read.hpp

  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }

  // The child of a map by its exact key, or null.
  [[nodiscard]] const Node* find(std::string_view name) const;
};

// "a list", "a block of keys": for messages.
[[nodiscard]] std::string_view describe(Node::Kind kind);

// The text of a scalar; an Error for a list, a map, or nothing at all.
[[nodiscard]] Result<std::string> text_of(const Node& node);

}  // namespace tripcurve::document
