#include "importer/spring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "importer/numbers.hpp"

namespace tripcurve::importer {
namespace {

std::string folded_name(std::string_view key) { return document::folded(key, Spelling::relaxed); }

// A part of a name, and whether it is in brackets.
struct Part {
  std::string text;
  bool in_brackets = false;
};

std::vector<Part> parts_of(std::string_view name) {
  std::vector<Part> parts;
  while (!name.empty()) {
    if (name.starts_with('[') && name.find(']') != std::string_view::npos) {
      name.remove_prefix(1);
      parts.push_back({std::string(take_until(name, "]")), true});
      if (name.starts_with('.')) {
        name.remove_prefix(1);
      }
      continue;
    }
    const auto end = std::min(name.find_first_of(".["), name.size());
    if (end == name.size() || name[end] == '.' || name.find(']', end) != std::string_view::npos) {
      parts.push_back({std::string(name.substr(0, end))});
      name.remove_prefix(end);
    } else {
      parts.push_back({std::string(name)});  // a bracket that nothing closes
      name = {};
    }
    if (name.starts_with('.')) {
      name.remove_prefix(1);
    }
  }
  return parts;
}

}  // namespace

std::vector<std::string> name_parts(std::string_view name) {
  std::vector<std::string> names;
  for (auto& part : parts_of(name)) {
    names.push_back(std::move(part.text));
  }
  return names;
}

Result<SpringProperties> SpringProperties::of(const document::Documents& documents) {
  SpringProperties all;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (auto error = all.add(documents[i], all.root_, {.document = i})) {
      return *error;
    }
  }
  return all;
}

std::optional<Error> SpringProperties::add(const Node& node, Branch& to, const Way& way) {
  if (node.is_list()) {
    to.list = &node;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      auto& place = to.below[std::to_string(i)];
      place.key_at = node.children[i].at;
      if (auto error =
              add(node.children[i], place,
                  {way.document, way.depth + 1, way.spelled + "[" + std::to_string(i) + "]"})) {
        return error;
      }
    }
    return std::nullopt;
  }
  if (node.is_map()) {
    for (const auto& child : node.children) {
      if (auto error = add_at(node, child, to, way)) {
        return error;
      }
    }
    return std::nullopt;
  }
  if (to.value != nullptr && to.document == way.document) {
    // Spring flattens a document before it binds it: of one name the last value stays. Of two
    // spellings it takes either.
    to.overrides = true;
    to.twice = to.spelled == way.spelled ? to.twice : &node;
  }
  to.value = &node;
  to.spelled = way.spelled;
  to.document = way.document;
  return std::nullopt;
}

std::optional<Error> SpringProperties::add_at(const Node& map, const Node& child, Branch& to,
                                              Way way) {
  auto* place = &to;
  for (const auto& [part, in_brackets] : parts_of(child.key)) {
    if (++way.depth > document::most_depth || ++names_ > document::most_nodes) {
      return child.key_at.error(way.depth > document::most_depth
                                    ? fmt::format("nested more than {} deep", document::most_depth)
                                    : fmt::format("more than {} names", document::most_nodes));
    }
    place = &place->below[folded_name(part)];
    place->key = part;
    place->key_at = child.key_at;
    place->in_brackets = in_brackets;
    way.spelled += "." + part;
  }
  if (child.again) {
    // Properties have the last value alone; a block of YAML has both, and Spring refuses it.
    const bool beside = std::ranges::count(map.children, child.key, &Node::key) > 1;
    place->twice = beside ? &child : place->twice;
    place->overrides = !beside;
  }
  return add(child, *place, way);
}

const SpringProperties::Branch* SpringProperties::find(std::string_view name) const {
  const auto* branch = &root_;
  for (const auto& part : name_parts(name)) {
    const auto found = branch->below.find(folded_name(part));
    if (found == branch->below.end()) {
      return nullptr;
    }
    branch = &found->second;
  }
  return branch;
}

Result<Node> SpringProperties::under(const std::string& name) const {
  const auto* branch = find(name);
  return branch == nullptr ? Result<Node>(Node{}) : tree(*branch);
}

std::optional<Node> SpringProperties::value_of(const std::string& name) const {
  const auto* branch = find(name);
  if (branch == nullptr) {
    return std::nullopt;
  }
  if (branch->value != nullptr && branch->value->is_scalar()) {
    auto node = scalar(*branch);
    node.key_at = branch->key_at;
    return node;
  }
  if (!branch->below.contains("0")) {
    return std::nullopt;
  }
  Node list{.kind = Node::Kind::list, .at = branch->key_at, .key_at = branch->key_at};
  for (const auto& [folded, below] : branch->below) {
    if (below.value != nullptr && below.value->is_scalar()) {
      list.children.push_back(scalar(below));
    }
  }
  return list;
}

std::vector<std::string> SpringProperties::names_below(const std::string& name) const {
  std::vector<std::string> names;
  if (const auto* branch = find(name)) {
    for (const auto& [folded, below] : branch->below) {
      names.push_back(below.key);
    }
  }
  return names;
}

bool SpringProperties::is_in_brackets(const std::string& name) const {
  const auto* branch = find(name);
  return branch != nullptr && branch->in_brackets;
}

Node SpringProperties::scalar(const Branch& branch) const {
  auto node = *branch.value;
  const auto text = resolved(node);
  // What came out of ${...} is text to Spring, as what stands in quotes.
  node.text = number_in_spring(text, node.quoted || text != node.text);
  if (branch.overrides) {
    told_.push_back({node.at, node.key, "is given twice in this document: the last value counts"});
  }
  return node;
}

Result<Node> SpringProperties::tree(const Branch& branch) const {
  if (branch.twice != nullptr) {
    return branch.twice->key_at.error(quoted(branch.key) + " is given twice", "keep one of them");
  }
  const bool has_value = branch.value != nullptr && branch.value->kind != Node::Kind::null;
  if (has_value && !branch.below.empty()) {
    return branch.value->key_at.error(
        quoted(branch.key) + " has a value, but there are also keys below it",
        "the keys are at " + branch.below.begin()->second.key_at.text());
  }
  Node node{.at = branch.key_at};
  if (branch.value != nullptr) {
    node = scalar(branch);
  }
  if (!branch.below.empty()) {
    node.kind = branch.list != nullptr ? Node::Kind::list : Node::Kind::map;
    node.at = branch.list != nullptr ? branch.list->at : branch.key_at;
    for (const auto& [folded, below] : branch.below) {
      auto child = tree(below);
      if (!child) {
        return child;
      }
      node.children.push_back(*std::move(child));
    }
  }
  node.key = branch.key;
  node.key_at = branch.key_at;
  return node;
}

std::string SpringProperties::resolved(const Node& value) const {
  if (value.text.find("${") == std::string::npos) {
    return value.text;
  }
  std::string text = value.text;
  std::string defaults;
  std::size_t steps = 0;
  if (!resolve(text, 0, steps, defaults)) {
    return value.text;  // who needs it will complain
  }
  if (!defaults.empty()) {
    told_.push_back({value.at, value.key,
                     fmt::format("{} is not in this file, so its default is used", defaults)});
  }
  return text;
}

bool SpringProperties::resolve(std::string& text, std::size_t depth, std::size_t& steps,
                               std::string& defaults) const {
  constexpr std::size_t most = 1000;  // of steps, and of bytes that come out
  for (auto begin = text.find("${"); begin != std::string::npos; begin = text.find("${")) {
    std::size_t open = 1;
    std::size_t end = begin + 2;
    std::size_t colon = std::string::npos;
    for (; end < text.size(); ++end) {
      if (text[end] == '{') {
        ++open;
      } else if (text[end] == '}' && --open == 0) {
        break;
      } else if (text[end] == ':' && open == 1) {
        colon = std::min(colon, end);
      }
    }
    if (open != 0 || depth > 8 || ++steps > most || text.size() > most) {
      return false;
    }
    const auto name = text.substr(begin + 2, std::min(colon, end) - begin - 2);
    const auto* known = find(name);
    std::string value;
    if (known != nullptr && known->value != nullptr && known->value->is_scalar()) {
      value = number_in_spring(known->value->text, known->value->quoted);
    } else if (colon != std::string::npos) {
      value = text.substr(colon + 1, end - colon - 1);
      defaults += (defaults.empty() ? "" : ", ") + name;
    } else {
      return false;
    }
    if (!resolve(value, depth + 1, steps, defaults)) {
      return false;
    }
    text.replace(begin, end + 1 - begin, value);
  }
  return true;
}

void SpringProperties::tell(Draft& draft) const {
  for (const auto& note : told_) {
    const bool used = std::ranges::any_of(draft.settings, [&](const DraftSetting& setting) {
      return setting.at.line == note.at.line && setting.at.column == note.at.column;
    });
    if (used) {
      draft.warnings.push_back(note);
    }
  }
}

}  // namespace tripcurve::importer
