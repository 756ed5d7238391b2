#include "document/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::document {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace

std::string folded(std::string_view key, Spelling spelling) {
  std::string result(key);
  switch (spelling) {
    case Spelling::exact:
      return result;
    case Spelling::relaxed:
      std::erase_if(result, [](char c) { return c == '-' || c == '_'; });
      [[fallthrough]];
    case Spelling::any_case:
      std::ranges::transform(result, result.begin(), lower);
      return result;
    case Spelling::proto:
      result.clear();
      for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i] != '_') {
          result += i > 0 && key[i - 1] == '_' ? upper(key[i]) : key[i];
        }
      }
      return result;
  }
  return result;
}

Fields::Fields(const Node& map, std::string what, Spelling spelling)
    : map_(map), what_(std::move(what)), spelling_(spelling), taken_(map.children.size()) {
  if (!map.is_map() && map.kind != Node::Kind::null) {
    taken_.clear();  // a list's items have no keys
    refuse_at(map.at, map.at.error(fmt::format("{} is {}, but this is {}", what_,
                                               describe(Node::Kind::map), describe(map.kind))));
    return;
  }
  std::unordered_set<std::string> seen;
  for (const auto& child : map.children) {
    folded_.push_back(folded(child.key, spelling));
    if (!seen.insert(folded_.back()).second) {
      refuse_at(child.key_at,
                child.key_at.error(quoted(child.key) + " is given twice", "keep one of them"));
    }
  }
}

const Node* Fields::take(std::string_view key) {
  if (std::ranges::find(asked_, key) == asked_.end()) {
    asked_.emplace_back(key);
  }
  const auto found = std::ranges::find(folded_, folded(key, spelling_));
  if (found == folded_.end()) {
    return nullptr;
  }
  const auto index = static_cast<std::size_t>(found - folded_.begin());
  taken_[index] = true;
  return &map_.children[index];
}

std::optional<std::string> Fields::text(std::string_view key) {
  const auto* node = take(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto text = text_of(*node);
  if (!text) {
    refuse_at(node->at, text.error());
    return std::nullopt;
  }
  return *text;
}

std::vector<const Node*> Fields::take_strangers() {
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  std::vector<const Node*> strangers;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (!taken_[i] && nearest(map_.children[i].key, known).empty()) {
      taken_[i] = true;
      strangers.push_back(&map_.children[i]);
    }
  }
  return strangers;
}

void Fields::refuse(std::optional<Error> error) {
  if (error) {
    refuse_at(map_.at, *std::move(error));
  }
}

void Fields::refuse_at(const Place& at, Error error) {
  mistakes_.push_back({at, std::move(error)});
}

std::optional<Error> Fields::error() const {
  const auto all = mistakes();
  return all.empty() ? std::nullopt : std::optional(all.front().error);
}

std::vector<Mistake> Fields::mistakes() const {
  auto all = mistakes_;
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (taken_[i]) {
      continue;
    }
    const auto& child = map_.children[i];
    all.push_back(
        {child.key_at, child.key_at.error(fmt::format("{} has no key {}", what_, quoted(child.key)),
                                          did_you_mean(child.key, known))});
  }
  return all;
}

}  // namespace tripcurve::document
