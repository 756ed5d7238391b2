#include "breaker/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::breaker {
namespace {

std::vector<std::string_view> key_words(std::span<const Key> keys) {
  std::vector<std::string_view> words;
  for (const auto& key : keys) {
    words.push_back(key.name);
    if (!key.short_name.empty()) {
      words.push_back(key.short_name);
    }
  }
  return words;
}

// The first comma that stands in no parentheses: those are in an expression.
std::size_t find_comma(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (text[i] == ',' && depth <= 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> items;
  for (;;) {
    const auto comma = find_comma(text);
    items.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return items;
    }
    text.remove_prefix(comma + 1);
  }
}

bool is_duration(ValueType type) {
  return type == ValueType::duration || type == ValueType::milliseconds ||
         type == ValueType::seconds;
}

std::string bound(const Values& values, double value) {
  return is_duration(values.type)
             ? format_duration(Duration(static_cast<Duration::rep>(value * 1e6)))
             : fmt::format("{}", value);
}

Error out_of_range(std::string_view text, const Values& values) {
  return {quoted(text) + " is out of range", "it takes " + describe(values)};
}

bool in_range(double value, const Values& values) {
  return value <= values.most && (values.exclusive ? value > values.least : value >= values.least);
}

template <typename Number>
Result<Number> parse_number(std::string_view given, const Values& values) {
  auto text = trim(given);
  const bool has_sign = text.ends_with('%');
  if (has_sign) {
    text.remove_suffix(1);
  }
  Number value{};
  const auto [end, mistake] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (mistake != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) ||
      (has_sign && values.type == ValueType::number)) {
    return Error{quoted(given) + " is not a number", "it takes " + describe(values)};
  }
  if (has_sign && values.type == ValueType::ratio) {
    value /= 100;
  }
  if (!in_range(static_cast<double>(value), values)) {
    return out_of_range(given, values);
  }
  return value;
}

Result<std::uint64_t> parse_whole(std::string_view given, const Values& values) {
  auto text = trim(given);
  if (values.type == ValueType::whole_percent && text.ends_with('%')) {
    text.remove_suffix(1);
  }
  const auto value = parse_count(text, 0, std::numeric_limits<std::uint64_t>::max());
  if (!value) {
    return Error{value.error().message, "it takes " + describe(values)};
  }
  if (!in_range(static_cast<double>(*value), values)) {
    return out_of_range(given, values);
  }
  return value;
}

Result<Duration> parse_time(std::string_view given, const Values& values) {
  const auto text = trim(given);
  const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  std::string with_unit(text);
  if (text == "0") {
    with_unit = "0ms";  // the one number that means the same in every unit
  } else if (bare && values.type == ValueType::milliseconds) {
    with_unit += "ms";
  } else if (bare && values.type == ValueType::seconds) {
    with_unit += "s";
  }
  const auto value = parse_duration(with_unit);
  if (value && !in_range(to_milliseconds(*value), values)) {
    return out_of_range(given, values);
  }
  return value;
}

std::string_view type_words(ValueType type) {
  switch (type) {
    case ValueType::whole:
      return "a whole number";
    case ValueType::number:
      return "a number";
    case ValueType::percent:
      return "a percentage";
    case ValueType::whole_percent:
      return "a whole percentage";
    case ValueType::ratio:
      return "a ratio";
    case ValueType::duration:
      return "a duration";
    case ValueType::milliseconds:
      return "milliseconds or a duration";
    case ValueType::seconds:
      return "seconds or a duration";
    case ValueType::flag:
      return "true or false";
    case ValueType::word:
      return "";
    case ValueType::list:
      return "values joined by /";
    case ValueType::text:
      return "text";
  }
  return "";
}

}  // namespace

std::string describe(const Values& values) {
  std::string text(type_words(values.type));
  const auto default_values = Values{values.type};
  const double open_end = is_duration(values.type) ? max_milliseconds : default_values.most;
  const bool has_least = values.least != default_values.least &&
                         !(is_duration(values.type) && values.least == 0 && !values.exclusive);
  const bool has_most = values.most < open_end;
  if (has_least && has_most && !values.exclusive) {
    text += fmt::format(", {} to {}", bound(values, values.least), bound(values, values.most));
  } else {
    if (has_least) {
      text += fmt::format(", {} {}", values.exclusive ? "above" : "at least",
                          bound(values, values.least));
    }
    if (has_most) {
      text += fmt::format(", at most {}", bound(values, values.most));
    }
  }
  if (!values.words.empty()) {
    text += fmt::format("{}{}", text.empty() ? "" : ", or ", fmt::join(values.words, " or "));
  }
  return text;
}

bool is_given(const Settings& settings, std::string_view key) {
  const auto found = std::ranges::find(settings, key, &Setting::key);
  return found != settings.end() && found->given;
}

const Key& SettingsReader::key(std::string_view name) const {
  const auto found = std::ranges::find(keys_, name, &Key::name);
  ENSURE(found != keys_.end());
  return *found;
}

const Setting& SettingsReader::setting(std::string_view name) const {
  const auto found = std::ranges::find(settings_, name, &Setting::key);
  ENSURE(found != settings_.end());
  return *found;
}

template <typename T>
T SettingsReader::keep(std::string_view key, const Result<T>& parsed) {
  if (parsed) {
    return *parsed;
  }
  if (!error_) {
    error_ = parsed.error().in(std::string(key));
  }
  return {};
}

std::uint64_t SettingsReader::whole(std::string_view name) {
  ENSURE(key(name).values.type == ValueType::whole ||
         key(name).values.type == ValueType::whole_percent);
  return keep(name, parse_whole(setting(name).value, key(name).values));
}

double SettingsReader::number(std::string_view name) {
  return keep(name, parse_number<double>(setting(name).value, key(name).values));
}

float SettingsReader::single_precision(std::string_view name) {
  return keep(name, parse_number<float>(setting(name).value, key(name).values));
}

Duration SettingsReader::duration(std::string_view name) {
  ENSURE(is_duration(key(name).values.type));
  return keep(name, parse_time(setting(name).value, key(name).values));
}

Duration SettingsReader::whole_milliseconds(std::string_view name) {
  const auto value = duration(name);
  if (value % std::chrono::milliseconds(1) != Duration::zero()) {
    refuse(name, quoted(setting(name).value) + " is not a whole number of milliseconds",
           "it takes " + describe(key(name).values));
  }
  return value;
}

bool SettingsReader::flag(std::string_view name) {
  const auto value = trim(setting(name).value);
  if (value != "true" && value != "false") {
    keep(name, Result<bool>(Error{quoted(value) + " is neither true nor false",
                                  "write " + std::string(name) + "=true"}));
  }
  return value == "true";
}

std::size_t SettingsReader::word_index(std::string_view name) {
  const auto words = key(name).values.words;
  const auto value = trim(setting(name).value);
  const auto found = std::ranges::find_if(words, [&](auto word) { return same_word(word, value); });
  if (found != words.end()) {
    return static_cast<std::size_t>(found - words.begin());
  }
  return keep(name, Result<std::size_t>(
                        Error{"unknown word " + quoted(value), did_you_mean(value, words)}));
}

std::string_view SettingsReader::text(std::string_view name) { return trim(setting(name).value); }

std::vector<std::string_view> SettingsReader::list(std::string_view name) {
  std::vector<std::string_view> parts;
  auto rest = trim(setting(name).value);
  if (rest == "/") {
    return parts;
  }
  const bool open_end = rest.ends_with('/');
  while (!rest.empty()) {
    parts.push_back(trim(take_until(rest, "/")));
  }
  if (open_end) {
    parts.emplace_back();  // what follows the last '/' is missing, and will be refused
  }
  return parts;
}

bool SettingsReader::has(std::string_view name) const { return !setting(name).value.empty(); }
bool SettingsReader::is_given(std::string_view name) const { return setting(name).given; }

bool SettingsReader::is_word(std::string_view name) const {
  return std::ranges::find(key(name).values.words, trim(setting(name).value)) !=
         key(name).values.words.end();
}

std::uint64_t SettingsReader::whole(std::string_view name, std::string_view part, Values values) {
  return keep(name, parse_whole(part, values));
}
double SettingsReader::number(std::string_view name, std::string_view part, Values values) {
  return keep(name, parse_number<double>(part, values));
}
Duration SettingsReader::duration(std::string_view name, std::string_view part, Values values) {
  return keep(name, parse_time(part, values));
}

void SettingsReader::refuse(std::string_view name, std::string message, std::string hint) {
  keep(name, Result<bool>(Error{std::move(message), std::move(hint)}));
}

const Key* find_key(std::span<const Key> keys, std::string_view name) {
  const auto found = std::ranges::find_if(keys, [&](const Key& key) {
    return same_word(key.name, name) ||
           (!key.short_name.empty() && same_word(key.short_name, name));
  });
  return found == keys.end() ? nullptr : &*found;
}

Result<Settings> settle(std::string_view what, std::span<const Key> keys, const Given& given) {
  Settings settings;
  for (const auto& key : keys) {
    settings.push_back({std::string(key.name), std::string(key.fallback), false});
  }
  for (const auto& [word, value] : given) {
    const auto* key = find_key(keys, word);
    if (key == nullptr) {
      const auto colon = word.find(':');
      if (value.empty() && colon != std::string::npos &&
          find_key(keys, trim(word.substr(0, colon))) != nullptr) {
        return Error{quoted(word) + " has a : between the setting and its value",
                     fmt::format("write {}={}", trim(word.substr(0, colon)),
                                 trim(std::string_view(word).substr(colon + 1)))};
      }
      return Error{fmt::format("unknown {} setting {}", what, quoted(word)),
                   keys.empty() ? "it has no settings" : did_you_mean(word, key_words(keys))};
    }
    auto& setting = *std::ranges::find(settings, key->name, &Setting::key);
    if (setting.given) {
      return Error{setting.key + " is given twice", "keep one of them"};
    }
    if (value.empty()) {
      return Error{quoted(word) + " has no value",
                   key->fallback.empty() ? "it takes " + describe(key->values)
                                         : fmt::format("write {}={}", word, key->fallback)};
    }
    setting.value = value;
    setting.given = true;
  }
  return settings;
}

Named parse_named(std::string_view text) {
  const auto items = split_at_commas(text);
  Named named{.name = std::string(items.front())};
  for (const auto item : std::span(items).subspan(1)) {
    const auto equals = std::min(item.find('='), item.size());
    named.given.emplace_back(item.substr(0, equals),
                             item.substr(std::min(equals + 1, item.size())));
  }
  return named;
}

std::string format_named(std::string_view name, const Settings& settings) {
  std::string text(name);
  for (const auto& setting : settings) {
    if (setting.given) {
      text += "," + setting.key + "=" + setting.value;
    }
  }
  return text;
}

}  // namespace tripcurve::breaker
