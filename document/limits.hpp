// What a file may cost. A configuration that a person wrote is far below all of these; a file that
// is above one of them is refused before it takes memory or time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "document/node.hpp"

namespace tripcurve::document {

inline constexpr std::size_t most_bytes = std::size_t{4} << 20U;
inline constexpr std::size_t most_nodes = 100'000;  // with all aliases written out
inline constexpr std::size_t most_depth = 64;

// Counts what is built, across all documents of a file, and says when it is too much.
class Budget {
 public:
  // One more node of so many characters, at this depth (1 is the outermost).
  [[nodiscard]] std::optional<Error> take(const Node& node, std::size_t depth);
  // A copy of a whole tree that will stand at this depth.
  [[nodiscard]] std::optional<Error> take_copy(const Node& tree, std::size_t depth);

 private:
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

// Refuses what is too large, or is not text in UTF-8.
[[nodiscard]] std::optional<Error> not_text(const Place& begin, std::string_view text);

// Whether all of a text is UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

// A character of Unicode.
void append_utf8(std::string& text, std::uint32_t code);

}  // namespace tripcurve::document
