// YAML through yaml-cpp's events, which tell of aliases instead of following them: what they cost
// is counted before they are written out. yaml-cpp says by exception that a text is wrong, and
// knows no other way to be stopped: what it throws is caught here.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "document/read.hpp"
#include "document/template.hpp"

namespace tripcurve::document {
namespace {

// The only way out of a parser in the middle of its work.
struct Refused {
  Error error;
};

class YamlBuilder : public YAML::EventHandler {
 public:
  YamlBuilder(std::shared_ptr<const std::string> file, Twice twice)
      : file_(std::move(file)), twice_(twice) {}

  Documents documents;

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    return {file_, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
  }

  // Of what no value begins with, a comma or a closing bracket, yaml-cpp makes empty documents that
  // never get behind it.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == begun_at_) {
      throw Refused{place(mark).error("not YAML: no value begins like this",
                                      "a text that begins with , ] or } goes in quotes")};
    }
    begun_at_ = mark.pos;
    anchored_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.at = place(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // "?" is the tag of a plain scalar; one in quotes has "!".
    add({.kind = Node::Kind::scalar, .text = value, .quoted = tag == "!", .at = place(mark)},
        anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {
      throw Refused{place(mark).error("an alias stands inside the value that it refers to")};
    }
    take_copy(found->second);
    attach(found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::map, mark, anchor);
  }
  void OnMapEnd() override {
    merge();
    close();
  }

 private:
  // A list or map whose end has not come.
  struct Open {
    Node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<Node> key{};               // of a map: the key whose value is awaited
    std::unordered_set<std::string> keys{};  // of a map: those it has
    std::vector<Node> merged{};              // of a map: what its << keys name
  };

  [[nodiscard]] std::size_t depth() const { return open_.size() + 1; }

  void check(std::optional<Error> error) {
    if (error) {
      throw Refused{*std::move(error)};
    }
  }
  void take_copy(const Node& node) { check(budget_.take_copy(node, depth())); }

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node{.kind = kind, .at = place(mark)};
    if (!open_.empty() && open_.back().node.is_map() && !open_.back().key) {
      throw Refused{
          node.at.error("a key must be a single value, but this is " + std::string(describe(kind)),
                        "if the file is a template ({{ ... }}), render it first")};
    }
    check(budget_.take(node, depth()));
    open_.push_back({std::move(node), anchor});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    remember(done.node, done.anchor);
    attach(std::move(done.node));
  }

  void add(Node node, YAML::anchor_t anchor) {
    check(budget_.take(node, depth()));
    remember(node, anchor);
    attach(std::move(node));
  }

  // The copy that aliases are made from is paid for, too.
  void remember(const Node& node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      take_copy(node);
      anchored_[anchor] = node;
    }
  }

  void attach(Node node) {
    node.key.clear();
    node.key_at = node.at;
    node.again = false;
    if (open_.empty()) {
      if (node.kind != Node::Kind::null) {
        documents.push_back(std::move(node));
      }
      return;
    }
    auto& parent = open_.back();
    if (parent.node.is_list()) {
      parent.node.children.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      attach_value(parent, std::move(node));
    }
  }

  void attach_value(Open& parent, Node node) {
    const auto key = *std::exchange(parent.key, std::nullopt);
    if (key.text == "<<" && !key.quoted) {
      parent.merged.push_back(std::move(node));
      return;
    }
    node.again = !parent.keys.insert(key.text).second;
    if (node.again && twice_ == Twice::refused) {
      throw Refused{
          key.at.error(tripcurve::quoted(key.text) + " is given twice", "keep one of them")};
    }
    node.key = key.text;
    node.key_at = key.at;
    parent.node.children.push_back(std::move(node));
  }

  // A key of the map itself is stronger than one it merges, and an earlier merged map than a later.
  void merge() {
    auto& map = open_.back();
    for (const auto& source : std::exchange(map.merged, {})) {
      if (source.is_list()) {
        for (const auto& part : source.children) {
          merge(map, part);
        }
      } else {
        merge(map, source);
      }
    }
  }
  void merge(Open& map, const Node& source) {
    if (!source.is_map()) {
      throw Refused{source.at.error("<< merges a block of keys, but this is " +
                                    std::string(describe(source.kind)))};
    }
    for (const auto& child : source.children) {
      if (map.keys.insert(child.key).second) {
        map.node.children.push_back(child);
      }
    }
  }

  std::shared_ptr<const std::string> file_;
  int begun_at_ = -1;  // the document before
  Twice twice_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchored_;
  Budget budget_;
};

// yaml-cpp reads a bracket to its end before it tells of it, and a token takes far more memory than
// the comma that it is. A file that could have more values than it may is refused before.
std::optional<Error> too_many_tokens(const Place& begin, std::string_view text) {
  constexpr std::ptrdiff_t most = 2 * static_cast<std::ptrdiff_t>(most_nodes);
  const auto count = std::ranges::count_if(
      text, [](char c) { return c == '[' || c == '{' || c == ',' || c == ':'; });
  return count <= most ? std::nullopt
                       : std::optional(begin.error(
                             fmt::format("more than {} brackets, commas and colons", most),
                             "cut out the part with the breaker"));
}

std::string_view line_of(std::string_view text, const YAML::Mark& mark) {
  for (int line = 0; line < mark.line; ++line) {
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  }
  return text.substr(0, text.find('\n'));
}

// yaml-cpp counts on behind the end of a text that is cut off.
YAML::Mark within(std::string_view text, YAML::Mark mark) {
  mark.column = std::min(mark.column, static_cast<int>(line_of(text, mark).size()));
  return mark;
}

// yaml-cpp tells where its grammar broke off, not what a person did there; "" when that is not
// known.
std::string_view likely_cause(std::string_view text, const YAML::Exception& error) {
  const auto line = line_of(text, error.mark);
  if (const auto hint = hint_for_line(line); !hint.empty()) {
    return hint;
  }
  const auto indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) {
    return "a tab indents this line, but YAML allows only blanks";
  }
  if (error.msg == YAML::ErrorMsg::END_OF_MAP || error.msg == YAML::ErrorMsg::END_OF_SEQ) {
    return "the indentation of this line matches none of the lines above it";
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE) {
    return "a text with ': ' in it goes in quotes; or a line above has no ':' after its key";
  }
  if (error.msg == YAML::ErrorMsg::BLOCK_ENTRY || error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW ||
      error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
    return "a brace or bracket above, or here, is not closed";
  }
  return "";
}

}  // namespace

Result<Documents> read_yaml(const std::string& file, std::string_view text, Twice twice) {
  YamlBuilder builder(std::make_shared<const std::string>(file), twice);
  for (const auto check : {not_text, too_many_tokens}) {
    if (const auto error = check(builder.place(YAML::Mark()), text)) {
      return *error;
    }
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    const auto cause = likely_cause(text, error);
    return builder.place(placed ? within(text, error.mark) : YAML::Mark())
        .error("not YAML: " + error.msg,
               std::string(cause.empty() && is_template(text) ? render_first : cause));
  }
  return std::move(builder.documents);
}

}  // namespace tripcurve::document
