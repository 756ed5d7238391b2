#include "tests/fuzz/documents.hpp"

#include <algorithm>

#include "document/limits.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

constexpr std::string_view file = "input";

void require_tree(const document::Node& node, std::string_view text, std::size_t depth) {
  require(depth <= document::most_depth + 1, "a tree is not too deep");
  require(node.children.empty() || node.is_list() || node.is_map(),
          "only lists and maps have children");
  require_place_in(text, file, node.at.error(""));
  require_place_in(text, file, node.key_at.error(""));
  for (const auto& child : node.children) {
    require_tree(child, text, depth + 1);
  }
}

}  // namespace

void try_document(ReadDocuments read, std::string_view input) {
  const auto documents = read(std::string(file), input);
  if (!documents) {
    require_place_in(input, file, documents.error());
    return;
  }
  for (const auto& document : *documents) {
    require_tree(document, input, 1);
  }
}

}  // namespace tripcurve::fuzz
