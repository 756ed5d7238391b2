// Java properties, as java.util.Properties.load() describes them; in UTF-8, not in its Latin-1.
#include <charconv>
#include <unordered_set>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "document/read.hpp"

namespace tripcurve::document {
namespace {

constexpr std::string_view blanks = " \t\f";

// Takes a line off the front, without its end.
std::string_view take_line(std::string_view& rest) {
  const auto line = take_until(rest, "\n");
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string_view without_leading_blanks(std::string_view line) {
  const auto first = line.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

// The line goes on in the next: it ends in an odd number of backslashes.
bool goes_on(std::string_view line) {
  const auto last = line.find_last_not_of('\\');
  return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto tail = [&](std::uint32_t shift) {
    text += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0U | (code >> 6U));
    tail(0);
  } else {
    text += static_cast<char>(0xe0U | (code >> 12U));
    tail(6);
    tail(0);
  }
}

// Takes what follows a backslash; nothing when \u has no four hex digits.
bool take_escape(std::string_view& rest, std::string& text) {
  const char c = rest.empty() ? '\\' : rest.front();
  rest.remove_prefix(rest.empty() ? 0 : 1);
  if (c == 'u') {
    std::uint32_t code = 0;
    const auto* begin = rest.data();
    const auto* end = begin + std::min<std::size_t>(rest.size(), 4);
    const bool surrogate = rest.starts_with('d') || rest.starts_with('D');
    if (end - begin < 4 || std::from_chars(begin, end, code, 16).ptr != end ||
        (surrogate && code >= 0xd800)) {
      return false;
    }
    rest.remove_prefix(4);
    append_utf8(text, code);
    return true;
  }
  text += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
  return true;
}

class PropertiesBuilder {
 public:
  explicit PropertiesBuilder(const std::string& file)
      : place_{std::make_shared<const std::string>(file)} {}

  Documents documents;

  std::optional<Error> read(std::string_view text) {
    if (auto error = not_text(place_, text)) {
      return error;
    }
    if (text.starts_with("\xef\xbb\xbf")) {
      text.remove_prefix(3);
    }
    begin_document();
    for (; !text.empty(); ++place_.line) {
      const auto natural = take_line(text);
      auto line = std::string(without_leading_blanks(natural));
      if (line.starts_with('#') || line.starts_with('!')) {
        if (trim(std::string_view(line).substr(1)) == "---") {
          begin_document();
        }
        continue;
      }
      auto at = place_;
      at.column = static_cast<std::uint32_t>(natural.size() - line.size() + 1);
      while (goes_on(line) && !text.empty()) {
        line.pop_back();
        line += without_leading_blanks(take_line(text));
        ++place_.line;
      }
      if (auto error = line.empty() ? std::nullopt : add(line, at)) {
        return error;
      }
    }
    std::erase_if(documents, [](const Node& document) { return document.children.empty(); });
    return std::nullopt;
  }

 private:
  void begin_document() {
    documents.push_back({.kind = Node::Kind::map, .at = place_, .key_at = place_});
    names_.clear();
  }

  std::optional<Error> add(std::string_view line, const Place& at) {
    Node node{.kind = Node::Kind::scalar, .at = at, .key_at = at};
    bool in_name = true;
    while (!line.empty()) {
      const char c = line.front();
      auto& part = in_name ? node.key : node.text;
      if (in_name && std::string_view("=: \t\f").find(c) != std::string_view::npos) {
        in_name = false;
        line = without_leading_blanks(line);
        if (line.starts_with('=') || line.starts_with(':')) {
          line = without_leading_blanks(line.substr(1));
        }
        continue;
      }
      line.remove_prefix(1);
      if (c != '\\') {
        part += c;
      } else if (!take_escape(line, part)) {
        return at.error("\\u is not followed by the four hex digits of a character");
      }
    }
    if (!names_.insert(node.key).second) {
      return at.error(tripcurve::quoted(node.key) + " is given twice", "keep one of them");
    }
    auto error = budget_.take(node, 1);
    documents.back().children.push_back(std::move(node));
    return error;
  }

  Place place_;
  std::unordered_set<std::string> names_;
  Budget budget_;
};

}  // namespace

Result<Documents> read_properties(const std::string& file, std::string_view text) {
  PropertiesBuilder builder(file);
  if (const auto error = builder.read(text)) {
    return *error;
  }
  return std::move(builder.documents);
}

}  // namespace tripcurve::document
