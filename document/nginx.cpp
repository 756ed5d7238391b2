// nginx's configuration: directives, which end in ; or have a block of their own. As in nginx, a
// word may stand in quotes, \ takes the next character as it is, and ${name} is part of a word.
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "document/read.hpp"
#include "document/template.hpp"

namespace tripcurve::document {
namespace {

class NginxReader {
 public:
  NginxReader(const std::string& file, std::string_view text)
      : place_{std::make_shared<const std::string>(file)}, rest_(text) {}

  Result<Node> read() {
    Node root{.kind = Node::Kind::map, .at = place_, .key_at = place_};
    if (auto error = read_block(root, 1)) {
      return *error;
    }
    return root;
  }

  [[nodiscard]] const Place& begin() const { return place_; }

 private:
  // The directives up to the } of the block, or to the end of the file.
  std::optional<Error> read_block(Node& block, std::size_t depth) {
    for (;;) {
      skip_blanks();
      if (rest_.empty()) {
        return depth == 1 ? std::nullopt
                          : std::optional(block.key_at.error(
                                "the block of " + tripcurve::quoted(block.key) + " has no end",
                                "write a }"));
      }
      if (rest_.front() == '}') {
        if (depth == 1) {
          return place_.error("a } without a block", "remove it");
        }
        take();
        return std::nullopt;
      }
      Node directive{.at = place_, .key_at = place_};
      if (auto error = read_directive(directive, depth)) {
        return error;
      }
      if (auto error = budget_.take(directive, depth)) {
        return error;
      }
      block.children.push_back(std::move(directive));
    }
  }

  std::optional<Error> read_directive(Node& directive, std::size_t depth) {
    directive.key = take_word();
    directive.kind = Node::Kind::scalar;
    for (;;) {
      skip_blanks();
      if (rest_.empty()) {
        return directive.key_at.error(tripcurve::quoted(visible(directive.key)) + " has no end",
                                      "write a ; or a block behind it");
      }
      if (rest_.front() == ';') {
        take();
        return std::nullopt;
      }
      if (rest_.front() == '}') {
        return place_.error("a } before the end of " + tripcurve::quoted(visible(directive.key)),
                            "write a ; before it");
      }
      if (rest_.front() == '{') {
        take();
        directive.kind = Node::Kind::map;
        return directive.key.ends_with("_by_lua_block") ? skip_code(directive)
                                                        : read_block(directive, depth + 1);
      }
      if (directive.text.empty()) {
        directive.at = place_;
      }
      directive.text += (directive.text.empty() ? "" : " ") + take_word();
    }
  }

  // Lua of OpenResty: up to the brace that closes it.
  std::optional<Error> skip_code(const Node& directive) {
    for (std::size_t open = 1; open > 0;) {
      if (rest_.empty()) {
        return directive.key_at.error(
            "the block of " + tripcurve::quoted(directive.key) + " has no end", "write a }");
      }
      open += rest_.front() == '{' ? 1U : 0U;
      open -= rest_.front() == '}' ? 1U : 0U;
      take();
    }
    return std::nullopt;
  }

  void skip_blanks() {
    while (!rest_.empty()) {
      if (rest_.front() == '#') {
        while (!rest_.empty() && rest_.front() != '\n') {
          take();
        }
      } else if (white_space.find(rest_.front()) != std::string_view::npos) {
        take();
      } else {
        return;
      }
    }
  }

  std::string take_word() {
    std::string word;
    const char quote = rest_.front() == '"' || rest_.front() == '\'' ? take() : '\0';
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (quote != '\0'
              ? c == quote
              : c == ';' || c == '{' || c == '}' || white_space.find(c) != std::string_view::npos) {
        break;
      }
      word += take();
      if (c == '\\' && !rest_.empty()) {
        word.back() = take();
      } else if (c == '$' && rest_.starts_with('{')) {
        word += take();
        while (!rest_.empty() && word.back() != '}') {
          word += take();
        }
      }
    }
    if (quote != '\0' && !rest_.empty()) {
      take();
    } else if (quote == '\0' && word.empty() && !rest_.empty()) {
      word += take();
    }
    return word;
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    place_.line += c == '\n' ? 1U : 0U;
    place_.column = c == '\n' ? 1U : place_.column + 1;
    return c;
  }

  Place place_;  // of what comes next
  std::string_view rest_;
  Budget budget_;
};

}  // namespace

Result<Documents> read_nginx(const std::string& file, std::string_view text) {
  NginxReader reader(file, text);
  if (auto error = not_text(reader.begin(), text)) {
    return *error;
  }
  auto root = reader.read();
  if (!root) {
    // The braces of {{ }} are those of no block.
    return is_template(text) ? Error{root.error().message, std::string(render_first)}
                             : root.error();
  }
  Documents documents;
  documents.push_back(*std::move(root));
  return documents;
}

}  // namespace tripcurve::document
