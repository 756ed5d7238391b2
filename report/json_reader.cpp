#include "report/json_reader.hpp"

#include <cmath>
#include <utility>

namespace tripcurve::report {
namespace {

// More than any list of a result has, and few enough that each may become a big value.
constexpr std::size_t most_items = 100'000;
// More than any object of a result has whose keys are not ours: its settings, and its experiment.
// Who writes or compares them looks for keys one by one.
constexpr std::size_t most_members = 1'000;
constexpr std::size_t most_values = 200'000;
constexpr double longest_ns = 1e18;  // 31 years; sums of a few stay within a Duration

}  // namespace

JsonReader::JsonReader(const JsonTree& tree, std::string path, std::optional<std::string>& mistake)
    : tree_(&tree), value_(JsonTree::root), path_(std::move(path)), mistake_(&mistake) {}

JsonReader::JsonReader(const JsonReader& from, std::optional<JsonTree::Value> value,
                       std::string path)
    : tree_(from.tree_), value_(value), path_(std::move(path)), mistake_(from.mistake_) {}

JsonReader JsonReader::operator[](const char* key) const {
  const auto path = path_.empty() ? key : path_ + "." + key;
  if (!is(Kind::object)) {
    complain("it is not an object");
    return {*this, std::nullopt, path};
  }
  const JsonReader found(*this, member(key), path);
  if (!found.value_) {
    found.complain("it is missing");
  }
  return found;
}

// Complains when there are two.
std::optional<JsonTree::Value> JsonReader::member(std::string_view key) const {
  std::optional<JsonTree::Value> found;
  for (auto one = *value_ + 1; one < tree_->end(*value_); one = tree_->end(one)) {
    if (tree_->key(one) == key) {
      if (found) {
        complain("'" + std::string(key) + "' is given twice");
      }
      found = one;
    }
  }
  return found;
}

bool JsonReader::has(const char* key) const { return is(Kind::object) && member(key); }

bool JsonReader::is_null() const { return !value_ || is(Kind::null); }

std::string JsonReader::text() const {
  if (!is(Kind::text)) {
    complain("it is not a text");
    return "";
  }
  return std::string(tree_->text(*value_));
}

bool JsonReader::flag() const {
  if (!is(Kind::boolean)) {
    complain("it is neither true nor false");
    return false;
  }
  return tree_->boolean(*value_);
}

std::uint64_t JsonReader::count() const {
  if (!is(Kind::whole)) {
    complain("it is not a whole number from 0 to 2^64 - 1");
    return 0;
  }
  return tree_->whole(*value_);
}

double JsonReader::number() const {
  const bool is_number = is(Kind::whole) || is(Kind::negative) || is(Kind::fraction);
  if (!is_number || !std::isfinite(tree_->fraction(*value_))) {
    complain("it is not a number");
    return 0;
  }
  return tree_->fraction(*value_);
}

Duration JsonReader::duration(Duration unit) const {
  const auto written = number();
  const auto scale = static_cast<double>(unit.count());
  if (written < 0 || written * scale > longest_ns) {
    complain("no time is as " + std::string(written < 0 ? "short" : "long"));
    return {};
  }
  // Beyond 104 days a double does not tell nanoseconds apart, but what this gives is written the
  // same.
  return Duration(static_cast<Duration::rep>(std::llround(written * scale)));
}

std::optional<Duration> JsonReader::milliseconds_or_null() const {
  return is_null() ? std::nullopt : std::optional(milliseconds());
}

Duration JsonReader::milliseconds() const { return duration(std::chrono::milliseconds(1)); }

std::vector<JsonReader> JsonReader::items() const {
  std::vector<JsonReader> all;
  if (!is(Kind::list)) {
    complain("it is not a list");
    return all;
  }
  if (const auto size = tree_->size(*value_); size > most_items) {
    complain("it is a list of " + std::to_string(size));
    return all;
  }
  for (auto one = *value_ + 1; one < tree_->end(*value_); one = tree_->end(one)) {
    all.push_back(JsonReader(*this, one, path_ + "[" + std::to_string(all.size()) + "]"));
  }
  return all;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
  std::vector<std::pair<std::string, JsonReader>> all;
  if (!is(Kind::object)) {
    complain("it is not an object");
    return all;
  }
  if (const auto size = tree_->size(*value_); size > most_members) {
    complain("it has " + std::to_string(size) + " keys");
    return all;
  }
  for (auto one = *value_ + 1; one < tree_->end(*value_); one = tree_->end(one)) {
    std::string key(tree_->key(one));
    const JsonReader member(*this, one, path_ + "." + key);
    all.emplace_back(std::move(key), member);
  }
  return all;
}

std::vector<std::string> JsonReader::texts() const {
  std::vector<std::string> all;
  for (const auto& item : items()) {
    all.push_back(item.text());
  }
  return all;
}

std::string JsonReader::object() const {
  if (!is(Kind::object)) {
    complain("it is not an object");
    return "{}";
  }
  const auto end = tree_->end(*value_);
  for (auto one = *value_; one < end; ++one) {
    if (tree_->kind(one) == Kind::object && tree_->size(one) > most_members) {
      complain("it has an object of " + std::to_string(tree_->size(one)) + " keys");
      return "{}";
    }
  }
  if (end - *value_ > most_values) {
    complain("it has more than " + std::to_string(most_values) + " values");
    return "{}";
  }
  return tree_->dump(*value_);
}

void JsonReader::complain(const std::string& what) const {
  if (!*mistake_) {
    *mistake_ = path_ + ": " + what;
  }
}

}  // namespace tripcurve::report
