// Java properties, as java.util.Properties.load() describes them. Java reads Latin-1, and what
// people write is more often UTF-8: a file that can be UTF-8 is taken for that.
#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

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

// Bytes of Latin-1 as UTF-8.
std::string from_latin_1(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    append_utf8(text, static_cast<unsigned char>(byte));
  }
  return text;
}

// The same with as many bytes, so that a place in it is that in the file.
std::string in_ascii(std::string_view latin_1) {
  std::string text(latin_1);
  std::ranges::replace_if(
      text, [](char byte) { return static_cast<unsigned char>(byte) > 0x7f; }, '?');
  return text;
}

// The four hex digits at a place of a text, as \u has them.
std::optional<std::uint32_t> hex_digits(std::string_view text) {
  std::uint32_t code = 0;
  const auto* begin = text.data();
  const auto* end = begin + std::min<std::size_t>(text.size(), 4);
  return end - begin == 4 && std::from_chars(begin, end, code, 16).ptr == end ? std::optional(code)
                                                                              : std::nullopt;
}

// Takes what follows a backslash; nothing when \u has no four hex digits.
bool take_escape(std::string_view& rest, std::string& text) {
  const char c = rest.empty() ? '\\' : rest.front();
  rest.remove_prefix(rest.empty() ? 0 : 1);
  if (c == 'u') {
    const auto code = hex_digits(rest);
    if (!code) {
      return false;
    }
    rest.remove_prefix(4);
    const auto is_half = [](std::uint32_t unit) { return unit >= 0xd800 && unit <= 0xdfff; };
    const auto low = rest.starts_with("\\u") ? hex_digits(rest.substr(2)).value_or(0) : 0;
    if (*code < 0xdc00 && is_half(*code) && low >= 0xdc00 && is_half(low)) {
      rest.remove_prefix(6);
      append_utf8(text, 0x10000 + ((*code - 0xd800) << 10U) + (low - 0xdc00));
    } else {
      constexpr std::uint32_t no_character = 0xfffd;  // half of one is none
      append_utf8(text, is_half(*code) ? no_character : *code);
    }
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
    const bool is_latin_1 = !is_utf8(text) && text.size() <= most_bytes;
    if (auto error = not_text(place_, is_latin_1 ? in_ascii(text) : text)) {
      return error;
    }
    const auto utf8 = is_latin_1 ? from_latin_1(text) : "";
    text = is_latin_1 ? utf8 : text;
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
    Node node{.kind = Node::Kind::scalar, .quoted = true, .at = at, .key_at = at};
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
    auto error = budget_.take(node, 1);
    auto& properties = documents.back().children;
    const auto [known, is_new] = names_.emplace(node.key, properties.size());
    if (is_new) {
      properties.push_back(std::move(node));
    } else {
      node.again = true;
      properties[known->second] = std::move(node);
    }
    return error;
  }

  Place place_;
  std::unordered_map<std::string, std::size_t> names_;  // their places in the document
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
