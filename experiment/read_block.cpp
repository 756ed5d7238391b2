#include "experiment/read_block.hpp"

#include <algorithm>
#include <tuple>

#include "core/text.hpp"

namespace tripcurve::experiment {

std::vector<Error> Mistakes::in_order() const {
  auto all = all_;
  std::ranges::stable_sort(all, {}, [](const document::Mistake& mistake) {
    return std::tuple(mistake.at.line, mistake.at.column);
  });
  std::vector<Error> errors;
  for (auto& mistake : all) {
    errors.push_back(std::move(mistake.error));
  }
  return errors;
}

void Mistakes::add_as_is(const Place& at, Error error) {
  all_.push_back({at, std::move(error)});
  places_.emplace(at.line, at.column);
}

void refuse_nothing(const Node& node, Mistakes& mistakes) {
  mistakes.add(node.key_at,
               {node.key.empty() ? "an item is empty" : quoted(node.key) + " has no value",
                "give it one, or leave it out"});
}

std::vector<std::string> as_one_text(const Node& node) {
  const auto joined = [&](std::string_view after_first_key, std::string_view after_key,
                          std::string_view between) {
    std::string text;
    for (const auto& child : node.children) {
      if (!text.empty()) {
        text += between;
      }
      if (node.is_map()) {
        text += child.key;
        text += &child == &node.children.front() ? after_first_key : after_key;
      }
      text += child.text;
    }
    return text;
  };
  if (node.children.empty() || !std::ranges::all_of(node.children, &Node::is_scalar)) {
    return {};
  }
  if (node.is_map()) {
    return {joined(":", ":", ","), joined("=", "=", ","), joined(" ", "=", " ")};
  }
  return {joined("", "", ","), joined("", "", " ")};
}

std::string in_yaml(const std::string& text) {
  const bool quotes = text.find_first_of(",<>!&*#{}[]") != std::string::npos;
  return quotes ? "'" + text + "'" : text;
}

Block::Block(const Node& map, std::string what, Mistakes& mistakes)
    : map_(map), fields_(map, what), what_(std::move(what)), mistakes_(mistakes) {
  if (map.kind == Node::Kind::null) {
    refuse_nothing(map, mistakes);
  }
}

Block::~Block() {
  for (auto& [at, error] : fields_.mistakes()) {
    mistakes_.add_as_is(at, std::move(error));
  }
}

void Block::only_one_of(const char* key, const char* other, const char* why) {
  const auto* first = take(key);
  const auto* second = take(other);
  if (first != nullptr && second != nullptr) {
    const auto later = [&] {
      return std::tuple(first->key_at.line, first->key_at.column) <
                     std::tuple(second->key_at.line, second->key_at.column)
                 ? second
                 : first;
    }();
    mistakes_.add(later->key_at,
                  {quoted(key) + " and " + quoted(other) + " " + why, "keep one of them"});
  }
}

void each_item(const Node& list, const char* example, Mistakes& mistakes,
               const std::function<void(const Node& item)>& read) {
  if (list.kind == Node::Kind::null) {
    refuse_nothing(list, mistakes);
    return;
  }
  if (!list.is_list() || list.children.empty()) {
    mistakes.add(list.at,
                 {quoted(list.key) + (list.is_list() ? " is an empty list"
                                                     : " takes a list, but this is " +
                                                           std::string(describe(list.kind))),
                  std::string("write ") + example});
    return;
  }
  for (const auto& item : list.children) {
    read(item);
  }
}

}  // namespace tripcurve::experiment
