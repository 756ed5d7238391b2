// HAProxy's configuration: lines of words. A line whose first word names a section begins one. As
// in HAProxy, a word may stand in quotes, \ takes the next character as it is, and # begins a
// comment.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "document/read.hpp"

namespace tripcurve::document {
namespace {

constexpr std::array<std::string_view, 21> sections{
    "global",      "defaults",    "frontend",  "backend", "listen", "peers",       "resolvers",
    "userlist",    "mailers",     "cache",     "program", "ring",   "http-errors", "fcgi-app",
    "log-forward", "log-profile", "crt-store", "traces",  "acme",   "healthcheck", "spoe-agent"};

struct LineWord {
  std::string text;
  std::uint32_t column;
};

// The words of a line, up to its comment.
std::vector<LineWord> words_in(std::string_view line) {
  std::vector<LineWord> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_blank = white_space.find(c) != std::string_view::npos;
    if (quote == '\0' && (c == '#' || is_blank)) {
      in_word = false;
      if (c == '#') {
        break;
      }
      continue;
    }
    if (!in_word) {
      words.push_back({{}, static_cast<std::uint32_t>(i + 1)});
      in_word = true;
    }
    if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote == '\0' ? c : '\0';
    } else if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      words.back().text += line[++i];
    } else {
      words.back().text += c;
    }
  }
  return words;
}

}  // namespace

Result<Documents> read_haproxy(const std::string& file, std::string_view text) {
  Place place{std::make_shared<const std::string>(file)};
  if (auto error = not_text(place, text)) {
    return *error;
  }
  Node root{.kind = Node::Kind::map, .at = place, .key_at = place};
  Budget budget;
  for (; !text.empty(); ++place.line) {
    const auto words = words_in(take_until(text, "\n"));
    if (words.empty()) {
      continue;
    }
    place.column = words.front().column;
    Node line{.kind = Node::Kind::scalar, .at = place, .key = words.front().text, .key_at = place};
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
      line.at.column = line.text.empty() ? word->column : line.at.column;
      line.text.resize(word->column - line.at.column, ' ');
      line.text += word->text;
    }
    const bool begins = std::ranges::find(sections, line.key) != sections.end();
    if (auto error = budget.take(line, begins ? 1 : 2)) {
      return *error;
    }
    if (begins) {
      line.kind = Node::Kind::map;
      root.children.push_back(std::move(line));
    } else if (!root.children.empty()) {
      root.children.back().children.push_back(std::move(line));
    } else {
      return place.error(tripcurve::quoted(visible(line.key)) + " is not in any section",
                         "write a section such as backend NAME before it");
    }
  }
  Documents documents;
  documents.push_back(std::move(root));
  return documents;
}

}  // namespace tripcurve::document
