// Settings of a dialect as a person writes them, and the reading of them into a dialect's config.
//
// A Key declares one setting: its library's spelling, its default and what values it takes. That
// declaration is all there is: help, `describe`, parsing, validation and the default come from it.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

// What a key's value looks like.
enum class ValueType : std::uint8_t {
  whole,          // 20
  number,         // 0.58, for libraries that take any number
  percent,        // 50 or 50%; the number is the percentage
  whole_percent,  // the same, for libraries that take an integer
  ratio,          // 0.5 or 50%; the number is the part of one
  duration,       // 1500ms, or 0
  milliseconds,   // 1500 or 1500ms: the key's own name, or its library, says that it is in ms
  seconds,        // 10 or 10s, likewise
  flag,           // true, false
  word,           // one of `words`
  list,           // parts joined by '/': 3/5/10s, and '/' alone is none; the dialect reads them
  text,           // anything: an expression
};

// The values that a key takes. Made by the functions below.
struct Values {
  ValueType type = ValueType::text;
  // Bounds of a number, of milliseconds for the three kinds of duration. Both are allowed values,
  // but for `least` when it is `exclusive`.
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  bool exclusive = false;
  // For `word` all there are; else words that may stand in place of a value ("false": no timeout).
  std::span<const std::string_view> words = {};
};

inline constexpr double max_int32 = 2147483647;
inline constexpr double max_uint32 = 4294967295;
inline constexpr double max_milliseconds = 10'000.0 * 3'600'000;  // 10000h, as parse_duration()

constexpr Values whole(double least, double most = max_int32) {
  return {ValueType::whole, least, most};
}
constexpr Values number() { return {ValueType::number}; }
constexpr Values number(double least, double most) { return {ValueType::number, least, most}; }
constexpr Values percent(double least, double most = 100) {
  return {ValueType::percent, least, most};
}
constexpr Values whole_percent() { return {ValueType::whole_percent, 0, 100}; }
constexpr Values ratio(double least = 0, double most = 1) {
  return {ValueType::ratio, least, most};
}
constexpr Values above(Values values) {  // least itself is not allowed
  values.exclusive = true;
  return values;
}
constexpr Values duration(double least_ms = 0, double most_ms = max_milliseconds) {
  return {ValueType::duration, least_ms, most_ms};
}
constexpr Values milliseconds(double least_ms = 0, double most_ms = max_milliseconds) {
  return {ValueType::milliseconds, least_ms, most_ms};
}
constexpr Values seconds(double least_s = 0, double most_s = max_milliseconds / 1000) {
  return {ValueType::seconds, least_s * 1000, most_s * 1000};
}
constexpr Values flag() { return {ValueType::flag}; }
constexpr Values one_of(std::span<const std::string_view> words) {
  return {.type = ValueType::word, .words = words};
}
constexpr Values list() { return {ValueType::list}; }
constexpr Values text() { return {ValueType::text}; }
constexpr Values or_word(Values values, std::span<const std::string_view> words) {
  values.words = words;
  return values;
}

// One configuration key of a dialect.
struct Key {
  std::string_view name;        // as the library spells it: "FailureThreshold"; any case is taken
  std::string_view short_name;  // "failures", or ""
  std::string_view fallback;    // the library's default as text: "5", "30s"; "" when it may be left
                                // out altogether, and then it is absent
  std::string_view meaning;     // one line, for help
  Values values;
};

// "a whole number, 1 to 2147483647", "a duration, at least 1ms, or false": for describe and hints.
[[nodiscard]] std::string describe(const Values& values);

// The values of a dialect's keys, given or default, by the key's full name and in its order.
struct Setting {
  std::string key;
  std::string value;   // "" for a key that is left out
  bool given = false;  // by a person, not by default
  friend bool operator==(const Setting&, const Setting&) = default;
};
using Settings = std::vector<Setting>;

// A setting of `keys` by its name or short name, in any case, or null.
[[nodiscard]] const Key* find_key(std::span<const Key> keys, std::string_view name);

// Every key with its value, given or default, in their order. Refuses an unknown key (did you
// mean), one that is given twice and one without a value; `what` is for these messages: "classic".
using Given = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Result<Settings> settle(std::string_view what, std::span<const Key> keys,
                                      const Given& given);

// "classic,Timeout=3s" taken apart, and put together from what was given.
struct Named {
  std::string name;
  Given given{};
};
[[nodiscard]] Named parse_named(std::string_view text);
[[nodiscard]] std::string format_named(std::string_view name, const Settings& settings);

// A person wrote a value for the key.
[[nodiscard]] bool is_given(const Settings& settings, std::string_view key);

// Reads settings into a config. It keeps the first mistake and answers with harmless values after
// it, so that a dialect reads all its keys in one expression.
//
//   SettingsReader read(keys, settings);
//   return read.result(Config{.failures = read.whole("FailureThreshold"), ...});
class SettingsReader {
 public:
  SettingsReader(std::span<const Key> keys, const Settings& settings)
      : keys_(keys), settings_(settings) {}

  // Each is for the ValueTypes it names, and a Bug for another.
  [[nodiscard]] std::uint64_t whole(std::string_view key);     // whole, whole_percent
  [[nodiscard]] double number(std::string_view key);           // number, percent, ratio
  [[nodiscard]] float single_precision(std::string_view key);  // the same, rounded once from text
  [[nodiscard]] Duration duration(std::string_view key);       // duration, milliseconds, seconds
  // The same, for libraries that take an integer of milliseconds: a part of one is refused.
  [[nodiscard]] Duration whole_milliseconds(std::string_view key);
  [[nodiscard]] bool flag(std::string_view key);
  [[nodiscard]] std::string_view text(std::string_view key);  // text, list, word
  [[nodiscard]] std::vector<std::string_view> list(std::string_view key);
  // The word's place among the key's words: declare the enumerators in the order of the words.
  template <typename Enum>
  [[nodiscard]] Enum word(std::string_view key) {
    return static_cast<Enum>(word_index(key));
  }

  [[nodiscard]] bool has(std::string_view key) const;       // it has a value: it is not left out
  [[nodiscard]] bool is_given(std::string_view key) const;  // a person wrote it
  // Its value is one of the words that may stand in place of one: "false".
  [[nodiscard]] bool is_word(std::string_view key) const;

  // Parses one part of a list as if it were the value of a key that takes `values`.
  [[nodiscard]] std::uint64_t whole(std::string_view key, std::string_view part, Values values);
  [[nodiscard]] double number(std::string_view key, std::string_view part, Values values);
  [[nodiscard]] Duration duration(std::string_view key, std::string_view part, Values values);

  // A mistake that only the dialect sees, such as two keys that exclude each other.
  void refuse(std::string_view key, std::string message, std::string hint);

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  // The config that was read, or the mistake.
  template <typename Config>
  [[nodiscard]] Result<Config> result(Config config) const {
    if (error_) {
      return *error_;
    }
    return config;
  }

 private:
  [[nodiscard]] const Key& key(std::string_view name) const;
  [[nodiscard]] const Setting& setting(std::string_view name) const;
  [[nodiscard]] std::size_t word_index(std::string_view name);
  template <typename T>
  T keep(std::string_view key, const Result<T>& parsed);

  std::span<const Key> keys_;
  const Settings& settings_;
  std::optional<Error> error_;
};

}  // namespace tripcurve::breaker
