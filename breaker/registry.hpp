// The list of dialects, and how a person names one: classic,FailureThreshold=5,Timeout=30s
//
// A new dialect is a file under dialects/, one entry in registry.cpp, one line in CMakeLists.txt
// and a test; help, `list` and the contract tests follow the list.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/random.hpp"
#include "core/result.hpp"

namespace tripcurve::breaker {

// One configuration key of a dialect, as its library spells it.
struct Key {
  std::string_view name;        // "FailureThreshold"; any case is accepted
  std::string_view short_name;  // "failures", or ""
  std::string_view fallback;    // the library's default, in text form: "5", "30s"
  std::string_view meaning;     // one line, for help
};

// The values a person gave, by the key's full name. Keys that were not given are absent.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct Dialect {
  std::string_view name;     // "classic"
  std::string_view summary;  // one line, for help
  std::span<const Key> keys;
  // Fails on a value that the dialect cannot take; the Error names the key.
  Result<std::unique_ptr<Breaker>> (*make)(const Settings& settings, Random random);
};

// In the order help shows them.
[[nodiscard]] std::span<const Dialect> dialects();

// A dialect with its settings, checked: make() cannot fail on it.
class Choice {
 public:
  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }

  // Every key with its value, given or default, in the dialect's order.
  [[nodiscard]] const Settings& settings() const { return settings_; }

  // "classic,FailureThreshold=5,SuccessThreshold=2,Timeout=3s"; parsing it gives an equal choice.
  [[nodiscard]] std::string text() const;

  // A new breaker of this choice.
  [[nodiscard]] std::unique_ptr<Breaker> make(Random random) const;

  friend Result<Choice> parse_choice(std::string_view text);

 private:
  const Dialect* dialect_ = nullptr;
  Settings settings_;
};

// "classic" or "classic,key=value,...". Refuses an unknown dialect or key (did you mean), a key
// given twice, and a value its dialect refuses.
[[nodiscard]] Result<Choice> parse_choice(std::string_view text);

}  // namespace tripcurve::breaker
