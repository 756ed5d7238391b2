// Values of settings in the notations of the formats. Not for other folders.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "core/time.hpp"
#include "exporter/exporter.hpp"

namespace tripcurve::exporter {

// A setting of a choice that was given, with its key, read as what it is.
class Value {
 public:
  Value(const breaker::Choice& choice, const breaker::Setting& setting);

  [[nodiscard]] std::string_view name() const { return key_->name; }
  [[nodiscard]] breaker::ValueType type() const { return key_->values.type; }
  [[nodiscard]] const std::string& text() const { return setting_->value; }
  // Of a key that takes a time, unless a word stands in its place.
  [[nodiscard]] std::optional<Duration> duration() const;
  // A number, or true or false, as formats write it: "50", "0.5"; of "50%" the percentage, of a
  // share the part of one. Of a time its milliseconds.
  [[nodiscard]] std::string bare() const;

 private:
  const breaker::Choice* choice_;
  const breaker::Setting* setting_;
  const breaker::Key* key_;
};

[[nodiscard]] std::vector<Value> given_values(const breaker::Choice& choice);

// "10s", "1500ms": one number and one unit, the largest that is exact.
[[nodiscard]] std::string one_unit(Duration duration);
// "10s", "1.5s", as protobuf writes times.
[[nodiscard]] std::string proto_seconds(Duration duration);
// "00:00:10", "1.02:00:00.500", as .NET writes a TimeSpan.
[[nodiscard]] std::string time_span(Duration duration);
// "10 * time.Second"
[[nodiscard]] std::string go_duration(Duration duration);

// A key of a format for a setting of a dialect.
struct Name {
  std::string_view setting;
  std::string_view there;
};
// By key and value, in the order they were given; what has no name there is left out.
using Named = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Named named_values(const breaker::Choice& choice, std::span<const Name> names,
                                 const std::function<std::string(const Value&)>& write,
                                 std::vector<std::string>& left_out);

// A line for people about what the format cannot hold; "" if it holds all.
[[nodiscard]] std::string left_out_comment(std::string_view begin,
                                           const std::vector<std::string>& left_out);

}  // namespace tripcurve::exporter
