#include "report/json_tree.hpp"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "core/ensure.hpp"

namespace tripcurve::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t deepest = 64;

struct TreeNesting {
  std::size_t deepest = 0;
  bool open = false;  // the text ends within something
};

TreeNesting nesting_of(std::string_view text) {
  TreeNesting nesting;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      i += c == '\\' ? 1U : 0U;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      nesting.deepest = std::max(nesting.deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  nesting.open = quoted || depth > 0;
  return nesting;
}

}  // namespace

class JsonTree::Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(JsonTree& tree) : tree_(tree) {}

  bool too_many = false;

  bool null() override { return add(Kind::null, 0); }
  bool boolean(bool value) override { return add(Kind::boolean, value ? 1 : 0); }
  bool number_integer(number_integer_t value) override {
    return add(Kind::negative, std::bit_cast<std::uint64_t>(value));
  }
  bool number_unsigned(number_unsigned_t value) override { return add(Kind::whole, value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return add(Kind::fraction, std::bit_cast<std::uint64_t>(value));
  }
  bool string(string_t& value) override {
    const std::uint64_t at = tree_.texts_.size();
    tree_.texts_ += value;
    return add(Kind::text, at << 32U | value.size());
  }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Kind::object); }
  bool start_array(std::size_t /*size*/) override { return open(Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    key_at_ = static_cast<std::uint32_t>(tree_.texts_.size());
    key_size_ = static_cast<std::uint32_t>(name.size());
    tree_.texts_ += name;
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*exception*/) override {
    return false;
  }

 private:
  bool add(Kind kind, std::uint64_t bits) {
    too_many = tree_.nodes_.size() == most_values;
    if (!too_many) {
      const auto number = static_cast<Value>(tree_.nodes_.size());
      tree_.nodes_.push_back({kind, number + 1, key_at_, key_size_, bits});
    }
    return !too_many;
  }
  bool open(Kind kind) {
    open_.push_back(static_cast<Value>(tree_.nodes_.size()));
    return add(kind, 0);
  }
  bool close() {
    tree_.nodes_[open_.back()].end = static_cast<Value>(tree_.nodes_.size());
    open_.pop_back();
    return true;
  }

  JsonTree& tree_;
  std::vector<Value> open_;
  std::uint32_t key_at_ = 0;
  std::uint32_t key_size_ = 0;
};

Result<JsonTree> JsonTree::parse(std::string_view text) {
  ENSURE(text.size() <= UINT32_MAX);  // numbers and places fit their 32 bits
  const auto nesting = nesting_of(text);
  if (nesting.deepest > deepest) {
    return Error{"it is nested " + std::to_string(nesting.deepest) + " levels deep", ""};
  }
  JsonTree tree;
  Builder builder(tree);
  if (Json::sax_parse(text, &builder)) {
    return tree;
  }
  return Error{builder.too_many ? "it has more than " + std::to_string(most_values) + " values"
               : text.find_first_not_of(" \t\r\n") == std::string_view::npos ? "it is empty"
               : nesting.open                                                ? "it is cut off"
                                                                             : "it is not JSON",
               ""};
}

std::string_view JsonTree::key(Value member) const {
  const auto& node = nodes_[member];
  return std::string_view(texts_).substr(node.key_at, node.key_size);
}

double JsonTree::fraction(Value value) const {
  const auto& node = nodes_[value];
  return node.kind == Kind::fraction   ? std::bit_cast<double>(node.bits)
         : node.kind == Kind::negative ? static_cast<double>(std::bit_cast<std::int64_t>(node.bits))
                                       : static_cast<double>(node.bits);
}

std::string_view JsonTree::text(Value value) const {
  const auto bits = nodes_[value].bits;
  return std::string_view(texts_).substr(bits >> 32U, bits & UINT32_MAX);
}

std::size_t JsonTree::size(Value list_or_object) const {
  std::size_t count = 0;
  for (auto one = list_or_object + 1; one < end(list_or_object); one = end(one)) {
    ++count;
  }
  return count;
}

std::string JsonTree::dump(Value value) const {
  std::string out;
  dump(value, out);
  return out;
}

void JsonTree::dump(Value value, std::string& out) const {
  switch (kind(value)) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += boolean(value) ? "true" : "false";
      return;
    case Kind::whole:
      out += std::to_string(whole(value));
      return;
    case Kind::negative:
      out += std::to_string(std::bit_cast<std::int64_t>(nodes_[value].bits));
      return;
    case Kind::fraction:
      out += Json(fraction(value)).dump();
      return;
    case Kind::text:
      out += Json(text(value)).dump();
      return;
    case Kind::list:
    case Kind::object:
      break;
  }
  const bool is_object = kind(value) == Kind::object;
  out += is_object ? '{' : '[';
  for (auto one = value + 1; one < end(value); one = end(one)) {
    out += one == value + 1 ? "" : ",";
    if (is_object) {
      out += Json(key(one)).dump() + ":";
    }
    dump(one, out);
  }
  out += is_object ? '}' : ']';
}

}  // namespace tripcurve::report
