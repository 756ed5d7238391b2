#include "report/json_reader.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tripcurve::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t deepest = 64;
// More than any list of a result has, and few enough that each may become a big value.
constexpr std::size_t most_items = 100'000;
constexpr double longest_ns = 1e18;  // 31 years; sums of a few stay within a Duration

const Json nothing;

struct Nesting {
  std::size_t deepest = 0;
  bool open = false;  // the text ends within something
};

Nesting nesting_of(std::string_view text) {
  Nesting nesting;
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

Result<Json> parse_document(std::string_view text) {
  const auto nesting = nesting_of(text);
  if (nesting.deepest > deepest) {
    return Error{"it is nested " + std::to_string(nesting.deepest) + " levels deep", ""};
  }
  auto value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return Error{text.find_first_not_of(" \t\r\n") == std::string_view::npos ? "it is empty"
                 : nesting.open                                              ? "it is cut off"
                                                                             : "it is not JSON",
                 ""};
  }
  return value;
}

JsonReader::JsonReader(const Json& value, std::string path, std::optional<std::string>& mistake)
    : value_(&value), path_(std::move(path)), mistake_(&mistake) {}

JsonReader JsonReader::operator[](const char* key) const {
  const auto path = path_.empty() ? key : path_ + "." + key;
  if (!value_->is_object()) {
    complain("it is not an object");
    return {nothing, path, *mistake_};
  }
  const auto found = value_->find(key);
  JsonReader member(found == value_->end() ? nothing : *found, path, *mistake_);
  if (found == value_->end()) {
    member.complain("it is missing");
  }
  return member;
}

bool JsonReader::has(const char* key) const { return value_->is_object() && value_->contains(key); }

bool JsonReader::is_null() const { return value_->is_null(); }

std::string JsonReader::text() const {
  if (!value_->is_string()) {
    complain("it is not a text");
    return "";
  }
  return value_->get<std::string>();
}

bool JsonReader::flag() const {
  if (!value_->is_boolean()) {
    complain("it is neither true nor false");
    return false;
  }
  return value_->get<bool>();
}

std::uint64_t JsonReader::count() const {
  if (!value_->is_number_unsigned()) {
    complain("it is not a whole number from 0 to 2^64 - 1");
    return 0;
  }
  return value_->get<std::uint64_t>();
}

double JsonReader::number() const {
  if (!value_->is_number() || !std::isfinite(value_->get<double>())) {
    complain("it is not a number");
    return 0;
  }
  return value_->get<double>();
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
  if (!value_->is_array()) {
    complain("it is not a list");
    return all;
  }
  if (value_->size() > most_items) {
    complain("it is a list of " + std::to_string(value_->size()));
    return all;
  }
  for (const auto& item : *value_) {
    all.emplace_back(item, path_ + "[" + std::to_string(all.size()) + "]", *mistake_);
  }
  return all;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
  std::vector<std::pair<std::string, JsonReader>> all;
  if (!value_->is_object()) {
    complain("it is not an object");
    return all;
  }
  for (const auto& [key, member] : value_->items()) {
    all.emplace_back(key, JsonReader(member, path_ + "." + key, *mistake_));
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
  if (!value_->is_object()) {
    complain("it is not an object");
    return "{}";
  }
  return value_->dump();
}

void JsonReader::complain(const std::string& what) const {
  if (!*mistake_) {
    *mistake_ = path_ + ": " + what;
  }
}

}  // namespace tripcurve::report
