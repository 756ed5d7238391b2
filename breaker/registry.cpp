#include "breaker/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "breaker/dialects/apisix.hpp"
#include "breaker/dialects/classic.hpp"
#include "breaker/dialects/cockatiel.hpp"
#include "breaker/dialects/cockatiel_backoff.hpp"
#include "breaker/dialects/cockatiel_breakers.hpp"
#include "breaker/dialects/envoy.hpp"
#include "breaker/dialects/failsafe.hpp"
#include "breaker/dialects/failsafe_go.hpp"
#include "breaker/dialects/go_resiliency.hpp"
#include "breaker/dialects/go_zero.hpp"
#include "breaker/dialects/gobreaker.hpp"
#include "breaker/dialects/hystrix.hpp"
#include "breaker/dialects/hystrix_go.hpp"
#include "breaker/dialects/kratos.hpp"
#include "breaker/dialects/linkerd.hpp"
#include "breaker/dialects/nginx.hpp"
#include "breaker/dialects/none.hpp"
#include "breaker/dialects/opossum.hpp"
#include "breaker/dialects/oxy.hpp"
#include "breaker/dialects/polly.hpp"
#include "breaker/dialects/polly7.hpp"
#include "breaker/dialects/pybreaker.hpp"
#include "breaker/dialects/resilience4j.hpp"
#include "breaker/dialects/sentinel.hpp"
#include "breaker/dialects/sentinel_golang.hpp"
#include "breaker/dialects/smallrye.hpp"
#include "breaker/dialects/sre_throttle.hpp"
#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

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

}  // namespace

std::span<const Dialect> dialects() {
  static const std::array all{
      classic_dialect(),
      resilience4j_dialect(),
      resilience4j_lockfree_dialect(),
      gobreaker_dialect(),
      polly_dialect(),
      polly7_dialect(),
      hystrix_1_5_18_dialect(),
      hystrix_1_5_13_dialect(),
      hystrix_1_5_12_dialect(),
      envoy_dialect(),
      linkerd_dialect(),
      oxy_dialect(),
      apisix_dialect(),
      nginx_dialect(),
      sentinel_dialect(),
      sentinel_golang_dialect(),
      smallrye_dialect(),
      opossum_dialect(),
      cockatiel_dialect(),
      cockatiel3_dialect(),
      failsafe_dialect(),
      failsafe_go_dialect(),
      hystrix_go_dialect(),
      go_resiliency_dialect(),
      pybreaker_dialect(),
      pybreaker_calling_dialect(),
      go_zero_dialect(),
      kratos_dialect(),
      sre_throttle_dialect(),
      none_dialect(),
  };
  return all;
}

Result<const Dialect*> find_dialect(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& dialect : dialects()) {
    for (const auto word : {dialect.name, dialect.alias}) {
      if (word.empty()) {
        continue;
      }
      if (same_word(word, name)) {
        return &dialect;
      }
      known.push_back(word);
    }
  }
  return Error{"unknown breaker dialect " + quoted(name), did_you_mean(name, known)};
}

OutcomeRules usual_rules(const Dialect& dialect) {
  if (dialect.counts.empty()) {
    return {};
  }
  const auto changes = parse_outcome_changes(dialect.counts);
  ENSURE(changes.ok());
  return OutcomeRules().with(*changes);
}

const Key* find_key(const Dialect& dialect, std::string_view name) {
  const auto found = std::ranges::find_if(dialect.keys, [&](const Key& key) {
    return same_word(key.name, name) ||
           (!key.short_name.empty() && same_word(key.short_name, name));
  });
  return found == dialect.keys.end() ? nullptr : &*found;
}

std::string Choice::text() const {
  std::string text(dialect_->name);
  for (const auto& setting : settings_) {
    if (setting.given) {
      text += "," + setting.key + "=" + setting.value;
    }
  }
  return text;
}

std::unique_ptr<Breaker> Choice::make(Random random) const {
  auto made = dialect_->make(settings_, random);
  ENSURE(made.ok());  // make_choice() tried
  return std::move(made).value();
}

std::vector<Warning> Choice::warnings(const Traffic& traffic) const {
  return dialect_->warnings == nullptr ? std::vector<Warning>{}
                                       : dialect_->warnings(settings_, traffic);
}

Result<Choice> make_choice(std::string_view name, const Choice::Given& given) {
  const auto dialect = find_dialect(name);
  if (!dialect) {
    return dialect.error();
  }
  Choice choice;
  choice.dialect_ = *dialect;
  for (const auto& key : choice.dialect_->keys) {
    choice.settings_.push_back({std::string(key.name), std::string(key.fallback), false});
  }
  for (const auto& [word, value] : given) {
    const auto* key = find_key(*choice.dialect_, word);
    if (key == nullptr) {
      return Error{"unknown " + std::string(choice.dialect_->name) + " setting " + quoted(word),
                   choice.dialect_->keys.empty() ? "it has no settings"
                                                 : did_you_mean(word, key_words(*choice.dialect_))};
    }
    auto& setting = *std::ranges::find(choice.settings_, key->name, &Setting::key);
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
  if (const auto made = choice.dialect_->make(choice.settings_, Random(0)); !made) {
    return made.error();
  }
  return choice;
}

Result<Choice> parse_choice(std::string_view text) {
  const auto items = split_at_commas(text);
  Choice::Given given;
  for (const auto item : std::span(items).subspan(1)) {
    const auto equals = std::min(item.find('='), item.size());
    given.emplace_back(item.substr(0, equals), item.substr(std::min(equals + 1, item.size())));
  }
  return make_choice(items.front(), given);
}

}  // namespace tripcurve::breaker
