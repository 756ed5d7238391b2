#include "breaker/registry.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "breaker/dialects/classic.hpp"
#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

const Dialect* find_dialect(std::string_view name) {
  const auto found =
      std::ranges::find_if(dialects(), [&](const Dialect& d) { return same_word(d.name, name); });
  return found == dialects().end() ? nullptr : &*found;
}

const Key* find_key(const Dialect& dialect, std::string_view name) {
  const auto found = std::ranges::find_if(dialect.keys, [&](const Key& key) {
    return same_word(key.name, name) ||
           (!key.short_name.empty() && same_word(key.short_name, name));
  });
  return found == dialect.keys.end() ? nullptr : &*found;
}

std::vector<std::string_view> key_words(const Dialect& dialect) {
  std::vector<std::string_view> words;
  for (const auto& key : dialect.keys) {
    words.push_back(key.name);
    if (!key.short_name.empty()) {
      words.push_back(key.short_name);
    }
  }
  return words;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> items;
  for (;;) {
    const auto comma = text.find(',');
    items.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return items;
    }
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::span<const Dialect> dialects() {
  static const std::array all{
      classic_dialect(),
  };
  return all;
}

std::string Choice::text() const {
  std::string text(dialect_->name);
  for (const auto& [key, value] : settings_) {
    text += "," + key + "=" + value;
  }
  return text;
}

std::unique_ptr<Breaker> Choice::make(Random random) const {
  auto made = dialect_->make(settings_, random);
  ENSURE(made.ok());  // parse_choice() tried
  return std::move(made).value();
}

Result<Choice> parse_choice(std::string_view text) {
  auto items = split_at_commas(text);
  const auto dialect_name = items.front();
  items.erase(items.begin());
  Choice choice;
  choice.dialect_ = find_dialect(dialect_name);
  if (choice.dialect_ == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& dialect : dialects()) {
      known.push_back(dialect.name);
    }
    return Error{"unknown breaker dialect " + quoted(dialect_name),
                 did_you_mean(dialect_name, known)};
  }
  const auto& dialect = *choice.dialect_;

  Settings given;
  for (const auto item : items) {
    const auto equals = item.find('=');
    const auto word = item.substr(0, equals);
    const auto* key = find_key(dialect, word);
    if (key == nullptr) {
      return Error{"unknown " + std::string(dialect.name) + " setting " + quoted(word),
                   did_you_mean(word, key_words(dialect))};
    }
    if (equals == std::string_view::npos) {
      return Error{quoted(item) + " has no value",
                   "write " + std::string(item) + "=" + std::string(key->fallback)};
    }
    if (std::ranges::find(given, key->name, &Settings::value_type::first) != given.end()) {
      return Error{std::string(key->name) + " is given twice", "keep one of them"};
    }
    given.emplace_back(key->name, item.substr(equals + 1));
  }

  for (const auto& key : dialect.keys) {
    const auto found = std::ranges::find(given, key.name, &Settings::value_type::first);
    choice.settings_.emplace_back(key.name,
                                  found == given.end() ? std::string(key.fallback) : found->second);
  }
  if (const auto made = dialect.make(choice.settings_, Random(0)); !made) {
    return made.error();
  }
  return choice;
}

}  // namespace tripcurve::breaker
