// A JSON document as it stands there, in as little memory as it takes: what is in it came from
// strangers, so neither many keys nor many values may cost more than their number. Not for other
// folders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tripcurve::report {

class JsonTree {
 public:
  // A result has far fewer.
  static constexpr std::size_t most_values = 2'000'000;

  // The document, or why it cannot be one: cut off, nested more than 64 levels deep, too many
  // values, no JSON.
  [[nodiscard]] static Result<JsonTree> parse(std::string_view text);

  enum class Kind : std::uint8_t { null, boolean, whole, negative, fraction, text, list, object };

  // A value is known by its number. Those in it have the numbers after its own, up to end().
  using Value = std::uint32_t;
  static constexpr Value root = 0;

  [[nodiscard]] Kind kind(Value value) const { return nodes_[value].kind; }
  [[nodiscard]] Value end(Value value) const { return nodes_[value].end; }
  [[nodiscard]] std::string_view key(Value member) const;  // of an object

  // Each only of a value of that kind; any number may be asked for as a fraction.
  [[nodiscard]] bool boolean(Value value) const { return nodes_[value].bits != 0; }
  [[nodiscard]] std::uint64_t whole(Value value) const { return nodes_[value].bits; }
  [[nodiscard]] double fraction(Value value) const;
  [[nodiscard]] std::string_view text(Value value) const;
  [[nodiscard]] std::size_t size(Value list_or_object) const;

  // As JSON text, on one line.
  [[nodiscard]] std::string dump(Value value) const;

 private:
  class Builder;

  struct Node {
    Kind kind;
    Value end;
    std::uint32_t key_at, key_size;  // in texts_
    std::uint64_t bits;  // a number; of a text where it stands in texts_, and how long it is
  };

  void dump(Value value, std::string& out) const;

  std::vector<Node> nodes_;
  std::string texts_;
};

}  // namespace tripcurve::report
