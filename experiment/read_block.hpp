// What all parts of an experiment file are read with: blocks of keys, and the mistakes in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "document/fields.hpp"
#include "document/node.hpp"

namespace tripcurve::experiment {

using document::Node;
using document::Place;

// All that is wrong with a file.
class Mistakes {
 public:
  // The place goes in front of the error.
  void add(const Place& at, const Error& error) { add_as_is(at, error.in(at.text())); }

  // The error has its own place in front, which may be in another file.
  void add_as_is(const Place& at, Error error);

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] bool any_at(const Place& at) const {
    return places_.contains({at.line, at.column});
  }

  // In the order of the file; of one place, as they were found.
  [[nodiscard]] std::vector<Error> in_order() const;

 private:
  std::vector<document::Mistake> all_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> places_;
};

// Says that a key, or an item, has no value at all.
void refuse_nothing(const Node& node, Mistakes& mistakes);

// What a block or a list of single values may have been meant as, had it been written as one text:
// "503:90%", "p50=20ms,p99=2s", "outage 10s errors=100%".
[[nodiscard]] std::vector<std::string> as_one_text(const Node& node);
// How a file says that text where others follow on the line: a comma would end it.
[[nodiscard]] std::string in_yaml(const std::string& text);

// How to write as one text what is a block or a list here: the same, if `parse` takes that, else
// what it takes. Nothing where it takes everything.
template <typename Parse>
std::string hint_of_one_text(const Node& node, Parse parse) {
  const auto nothing = parse(std::string());
  if (nothing) {
    return "";
  }
  for (const auto& text : as_one_text(node)) {
    if (parse(text)) {
      return "write " + in_yaml(text);
    }
  }
  return nothing.error().hint;
}

// A block that has none of the keys it may have, but is what `parse` takes, cut at its colons:
// {outage: 10s} for 'outage 10s'. That is a mistake then.
template <typename Parse>
bool refuse_cut_text(const Node& node, std::initializer_list<std::string_view> keys, Parse parse,
                     const std::string& what, Mistakes& mistakes) {
  for (const auto key : keys) {
    if (!node.is_map() || node.find(key) != nullptr) {
      return false;
    }
  }
  const auto texts = as_one_text(node);
  if (texts.empty() || !parse(texts.back())) {
    return false;
  }
  mistakes.add(node.at, {what + " is a single text, but this is a block of keys",
                         "write " + in_yaml(texts.back())});
  return true;
}

// The value of a node that `parse` makes of its text, a Result; what it refuses is a mistake.
// Nothing of a node that is wrong already: it holds a variable that there is not.
template <typename Parse>
auto read_value(const Node& node, Parse parse, Mistakes& mistakes) {
  using Value = std::remove_cvref_t<decltype(*parse(node.text))>;
  std::optional<Value> value;
  if (mistakes.any_at(node.at)) {
    return value;
  }
  if (node.kind == Node::Kind::null) {
    refuse_nothing(node, mistakes);
    return value;
  }
  if (const auto text = document::text_of(node); !text) {
    auto error = text.error();
    if (error.hint.empty()) {
      error.hint = hint_of_one_text(node, parse);
    }
    mistakes.add_as_is(node.at, std::move(error));
  } else if (auto parsed = parse(*text); parsed) {
    value = std::move(parsed).value();
  } else {
    mistakes.add(node.at, parsed.error());
  }
  return value;
}

// A map, read key by key. When it ends, the keys that nobody asked for are mistakes.
class Block {
 public:
  // `what` is for messages, with its article.
  Block(const Node& map, std::string what, Mistakes& mistakes);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  // The value of a key, or null when the map does not have it.
  const Node* take(std::string_view key) { return fields_.take(key); }

  // The same, read from its text.
  template <typename Parse>
  auto value(std::string_view key, Parse parse) {
    const auto* node = take(key);
    return node == nullptr ? decltype(read_value(*node, parse, mistakes_))()
                           : read_value(*node, parse, mistakes_);
  }

  // The same for a key that must be there; `hint` shows how.
  template <typename Parse>
  auto required(std::string_view key, Parse parse, const char* hint) {
    if (map_.is_map() && map_.find(key) == nullptr) {
      refuse(what_ + " needs '" + std::string(key) + "'", hint);
    }
    return value(key, parse);
  }

  std::optional<std::string> text(std::string_view key) {
    return value(key, [](const std::string& text) { return Result<std::string>(text); });
  }

  // Of keys that say the same in two ways, only one may be there.
  void only_one_of(const char* key, const char* other, const char* why);

  // A mistake of the block as a whole.
  void refuse(std::string message, std::string hint) {
    mistakes_.add(map_.at, {std::move(message), std::move(hint)});
  }

  [[nodiscard]] const Node& node() const { return map_; }
  [[nodiscard]] Mistakes& mistakes() { return mistakes_; }

 private:
  const Node& map_;
  document::Fields fields_;
  std::string what_;
  Mistakes& mistakes_;
};

// Reads each item of a list; a key without a list is a mistake.
void each_item(const Node& list, const char* example, Mistakes& mistakes,
               const std::function<void(const Node& item)>& read);

}  // namespace tripcurve::experiment
