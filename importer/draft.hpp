// What a format reads out of a file: settings by name, not yet checked by their dialect.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/fields.hpp"
#include "document/node.hpp"
#include "importer/import.hpp"

namespace tripcurve::importer {

using document::Fields;
using document::Node;
using document::Place;
using document::Spelling;

struct DraftSetting {
  std::string key;  // of the dialect
  std::string value;
  Place at;
};

struct Draft {
  std::string dialect;
  std::vector<DraftSetting> settings{};
  std::optional<Timeout> timeout{};
  std::optional<Retry> retry{};
  std::optional<Bulkhead> bulkhead{};
  std::optional<ImportedCounts> counts{};
  client::Policies client{};  // all that the file makes of a call, the breaker among it; or nothing
  std::vector<Note> ignored{};
  std::vector<Note> warnings{};

  // What a key was set to, if it was.
  [[nodiscard]] std::optional<std::string> value_of(std::string_view key) const;

  // Gives a setting, unless it is given: read the strongest block first.
  void set(std::string_view key, std::string value, const Place& at);
};

// The dialect with its settings. Its Error has the place of the setting that the dialect complains
// of, or `otherwise`.
[[nodiscard]] Result<breaker::Choice> choice_of(const Draft& draft, const Place& otherwise);

// The same as a policy among others, which counts a call that is given up as its library does.
[[nodiscard]] Result<client::BreakerConfig> breaker_policy_of(const Draft& draft,
                                                              const Place& otherwise);

// A breaker that was found in a file. Reading it may fail; that it is there is certain.
struct Found {
  std::string name;
  Place at;
  std::function<Result<Draft>()> read;
  std::vector<std::string> also{};  // what it may be called, too: an endpoint, a resource's name
};

// The value of a node as the text of a setting; the Error names the place.
using Convert = Result<std::string> (*)(const Node&);

// A key of a file that becomes a setting.
struct Taken {
  std::string_view key;
  std::string_view setting;
  Convert convert;
};
void take(Draft& draft, Fields& fields, std::span<const Taken> keys);

// The value of a key, if the map has it; a mistake in it is kept in the fields.
template <typename Value>
[[nodiscard]] std::optional<Value> read_value(Fields& fields, std::string_view key,
                                              Result<Value> (*convert)(const Node&)) {
  const auto* node = fields.take(key);
  if (node == nullptr || node->kind == Node::Kind::null) {
    return std::nullopt;
  }
  auto value = convert(*node);
  if (!value) {
    fields.refuse(value.error());
    return std::nullopt;
  }
  return *std::move(value);
}

// A key of a file that is known and cannot matter here, and why.
struct Ignored {
  std::string_view key;
  std::string_view why;
};
void ignore(Draft& draft, Fields& fields, std::span<const Ignored> keys);

}  // namespace tripcurve::importer
