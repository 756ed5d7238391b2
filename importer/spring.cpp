#include "importer/spring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "document/limits.hpp"

namespace tripcurve::importer {
namespace {

std::string folded_name(std::string_view key) { return document::folded(key, Spelling::relaxed); }

}  // namespace

std::vector<std::string> name_parts(std::string_view name) {
  std::vector<std::string> parts;
  while (!name.empty()) {
    if (name.starts_with('[') && name.find(']') != std::string_view::npos) {
      name.remove_prefix(1);
      parts.emplace_back(take_until(name, "]"));
      if (name.starts_with('.')) {
        name.remove_prefix(1);
      }
      continue;
    }
    const auto end = std::min(name.find_first_of(".["), name.size());
    if (end == name.size() || name[end] == '.' || name.find(']', end) != std::string_view::npos) {
      parts.emplace_back(name.substr(0, end));
      name.remove_prefix(end);
    } else {
      parts.emplace_back(name);  // a bracket that nothing closes
      name = {};
    }
    if (name.starts_with('.')) {
      name.remove_prefix(1);
    }
  }
  return parts;
}

Result<SpringProperties> SpringProperties::of(const document::Documents& documents) {
  SpringProperties all;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    SpringProperties alone;
    if (auto error = alone.add(documents[i], alone.root_, i, 0)) {
      return *error;
    }
    if (const auto* profile = alone.profile()) {
      all.profiles_.push_back(
          {profile->key_at, "", "the document is only for the profile " + quoted(profile->text)});
    } else {
      (void)all.add(documents[i], all.root_, i, 0);  // as it was possible alone
    }
  }
  return all;
}

const Node* SpringProperties::profile() const {
  for (const auto* name : {"spring.config.activate.on-profile", "spring.profiles"}) {
    const auto* branch = find(name);
    if (branch != nullptr && branch->below.contains("0")) {
      branch = &branch->below.at("0");  // the first of a list
    }
    if (branch != nullptr && branch->value != nullptr) {
      return branch->value;
    }
  }
  return nullptr;
}

std::optional<Error> SpringProperties::add(const Node& node, Branch& to, std::size_t document,
                                           std::size_t depth) {
  if (node.is_list()) {
    to.list = &node;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      auto& place = to.below[std::to_string(i)];
      place.key_at = node.children[i].at;
      if (auto error = add(node.children[i], place, document, depth + 1)) {
        return error;
      }
    }
    return std::nullopt;
  }
  if (node.is_map()) {
    for (const auto& child : node.children) {
      if (auto error = add_at(child, to, document, depth)) {
        return error;
      }
    }
    return std::nullopt;
  }
  if (to.value != nullptr && to.document == document) {
    to.twice = &node;
  }
  to.value = &node;
  to.document = document;
  return std::nullopt;
}

std::optional<Error> SpringProperties::add_at(const Node& child, Branch& to, std::size_t document,
                                              std::size_t depth) {
  auto* place = &to;
  for (const auto& part : name_parts(child.key)) {
    if (++depth > document::most_depth || ++names_ > document::most_nodes) {
      return child.key_at.error(depth > document::most_depth
                                    ? fmt::format("nested more than {} deep", document::most_depth)
                                    : fmt::format("more than {} names", document::most_nodes));
    }
    place = &place->below[folded_name(part)];
    place->key = part;
    place->key_at = child.key_at;
  }
  return add(child, *place, document, depth);
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

Result<Node> SpringProperties::tree(const Branch& branch) const {
  if (branch.twice != nullptr) {
    return branch.twice->key_at.error(quoted(branch.key) + " is given twice", "keep one of them");
  }
  const bool has_value = branch.value != nullptr && branch.value->kind != Node::Kind::null;
  if (has_value && !branch.below.empty()) {
    return branch.value->key_at.error(
        quoted(branch.key) + " has a value, and keys below it",
        "the keys are at " + branch.below.begin()->second.key_at.text());
  }
  Node node{.at = branch.key_at};
  if (branch.value != nullptr) {
    node = *branch.value;
    node.text = resolved(*branch.value);
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
    substituted_.push_back(
        {value.at, value.key,
         fmt::format("{} is not in this file: its default was taken", defaults)});
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
      value = known->value->text;
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
  draft.ignored.insert(draft.ignored.end(), profiles_.begin(), profiles_.end());
  for (const auto& note : substituted_) {
    const bool used = std::ranges::any_of(draft.settings, [&](const DraftSetting& setting) {
      return setting.at.line == note.at.line && setting.at.column == note.at.column;
    });
    if (used) {
      draft.warnings.push_back(note);
    }
  }
}

}  // namespace tripcurve::importer
