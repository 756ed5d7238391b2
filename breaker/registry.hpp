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

#include "breaker/dialect.hpp"
#include "core/outcome_rules.hpp"

namespace tripcurve::breaker {

// In the order help shows them.
[[nodiscard]] std::span<const Dialect> dialects();

// By name or alias, in any case; the Error suggests one that is meant.
[[nodiscard]] Result<const Dialect*> find_dialect(std::string_view name);

// What calls count as in the usual use of the dialect's library.
[[nodiscard]] OutcomeRules usual_rules(const Dialect& dialect);

// A setting of the dialect by its name or short name, in any case, or null.
[[nodiscard]] const Key* find_key(const Dialect& dialect, std::string_view name);

// A dialect with its settings, checked: make() cannot fail on it.
class Choice {
 public:
  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }

  // Every key with its value, given or default, in the dialect's order.
  [[nodiscard]] const Settings& settings() const { return settings_; }

  // The dialect and what was given: "classic,Timeout=3s"; parsing it gives an equal choice.
  [[nodiscard]] std::string text() const;

  // A new breaker of this choice.
  [[nodiscard]] std::unique_ptr<Breaker> make(Random random) const;

  [[nodiscard]] Facts facts() const { return dialect_->facts(settings_); }
  [[nodiscard]] std::vector<Warning> warnings(const Traffic& traffic) const;

  friend bool operator==(const Choice&, const Choice&) = default;
  using Given = breaker::Given;
  friend Result<Choice> make_choice(std::string_view dialect, const Given& given);

 private:
  const Dialect* dialect_ = nullptr;
  Settings settings_;
};

// A dialect by name and the settings given for it, as key and value. Refuses an unknown dialect or
// key (did you mean), a key given twice, and a value its dialect refuses.
[[nodiscard]] Result<Choice> make_choice(std::string_view dialect, const Choice::Given& given);

// The same from text: "classic" or "classic,key=value,...".
[[nodiscard]] Result<Choice> parse_choice(std::string_view text);

}  // namespace tripcurve::breaker
