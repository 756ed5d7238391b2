#include "client/registry.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::client {
namespace {

bool is_kind(const PolicyChoice& choice, const PolicyKind& kind) {
  return choice.kind().name == kind.name;
}

// The timeout of one attempt: that without a length of its own.
bool is_attempt_timeout(const PolicyChoice& choice) {
  return is_kind(choice, timeout_kind()) && !breaker::is_given(choice.settings(), "after");
}

bool lacks_breaker(const std::vector<PolicyChoice>& chosen) {
  return std::ranges::none_of(
      chosen, [](const PolicyChoice& choice) { return is_kind(choice, breaker_kind()); });
}

bool lacks_attempt_timeout(const std::vector<PolicyChoice>& chosen) {
  return std::ranges::none_of(chosen, is_attempt_timeout);
}

}  // namespace

std::span<const PolicyKind> policy_kinds() {
  static const std::array all{fallback_kind(), adaptive_kind(), bulkhead_kind(), retry_kind(),
                              hedging_kind(),  breaker_kind(),  timeout_kind()};
  return all;
}

std::string PolicyChoice::text() const { return breaker::format_named(kind_->name, settings_); }

Result<PolicyChoice> make_policy_choice(std::string_view name, const breaker::Given& given) {
  const auto kinds = policy_kinds();
  const auto kind = std::ranges::find_if(
      kinds, [&](const PolicyKind& known) { return same_word(known.name, name); });
  if (kind == kinds.end()) {
    std::vector<std::string_view> names;
    std::ranges::transform(kinds, std::back_inserter(names), &PolicyKind::name);
    return Error{"unknown policy " + quoted(name), did_you_mean(name, names)};
  }
  auto settings = breaker::settle(kind->name, kind->keys, given);
  if (!settings) {
    return settings.error();
  }
  if (const auto read = kind->read(*settings, {}); !read) {
    return read.error();
  }
  PolicyChoice choice;
  choice.kind_ = &*kind;
  choice.settings_ = *std::move(settings);
  return choice;
}

Result<PolicyChoice> parse_policy_choice(std::string_view text) {
  const auto [name, given] = breaker::parse_named(text);
  return make_policy_choice(name, given);
}

Policies policies_of(const std::vector<PolicyChoice>& chosen, const Surroundings& surroundings) {
  Policies policies;
  for (const auto& choice : chosen) {
    auto config = choice.kind().read(choice.settings(), surroundings);
    ENSURE(config.ok());  // make_policy_choice() tried
    policies.push_back(*std::move(config));
  }
  if (lacks_breaker(chosen)) {
    policies.emplace_back(surroundings.breaker);
  }
  if (lacks_attempt_timeout(chosen)) {
    policies.emplace_back(TimeoutConfig{surroundings.timeout});
  }
  return policies;
}

std::vector<std::string> texts_of(const std::vector<PolicyChoice>& chosen) {
  std::vector<std::string> texts;
  std::ranges::transform(chosen, std::back_inserter(texts), &PolicyChoice::text);
  if (lacks_breaker(chosen)) {
    texts.emplace_back(breaker_kind().name);
  }
  if (lacks_attempt_timeout(chosen)) {
    texts.emplace_back(timeout_kind().name);
  }
  return texts;
}

EndingRules read_counts(breaker::SettingsReader& read, const OutcomeRules& caller) {
  if (!read.has("counts")) {
    return EndingRules(caller);
  }
  std::string text(read.text("counts"));
  std::ranges::replace(text, '/', ',');
  const auto changes = parse_outcome_changes(text);
  if (!changes) {
    read.refuse("counts", changes.error().message, changes.error().hint);
    return EndingRules(caller);
  }
  return EndingRules(caller.with(*changes));
}

void give_counts(breaker::Given& given, const EndingRules& rules, const OutcomeRules& caller) {
  auto text = format_outcome_changes(difference(rules.wire(), caller));
  std::ranges::replace(text, ',', '/');
  if (!text.empty()) {
    given.emplace_back("counts", std::move(text));
  }
}

const PolicyKind& kind_of(const PolicyConfig& policy) {
  static const std::array by_config{timeout_kind(),  retry_kind(),   hedging_kind(),
                                    bulkhead_kind(), breaker_kind(), fallback_kind(),
                                    adaptive_kind()};
  static_assert(by_config.size() == std::variant_size_v<PolicyConfig>);
  return by_config.at(policy.index());
}

std::vector<PolicyChoice> choices_of(const Policies& policies, const Surroundings& surroundings) {
  std::vector<PolicyChoice> choices;
  for (const auto& policy : policies) {
    const auto& kind = kind_of(policy);
    auto given = kind.given(policy, surroundings);
    if (&policy == &policies.back() &&
        policy == PolicyConfig(TimeoutConfig{surroundings.timeout})) {
      given.clear();
    }
    auto choice = make_policy_choice(kind.name, given);
    ENSURE(choice.ok());
    choices.push_back(*std::move(choice));
  }
  return choices;
}

std::optional<Error> contradiction(const std::vector<PolicyChoice>& chosen) {
  const auto is_twice = [&](const PolicyKind& kind) {
    return std::ranges::count_if(
               chosen, [&](const PolicyChoice& choice) { return is_kind(choice, kind); }) > 1;
  };
  if (is_twice(breaker_kind())) {
    return Error{"the policies name the breaker twice",
                 "a call goes through one breaker: name it once"};
  }
  if (is_twice(adaptive_kind())) {
    return Error{"the policies name two adaptive limits",
                 "a client has one limit that it finds: name it once, and a bulkhead for another"};
  }
  return std::nullopt;
}

}  // namespace tripcurve::client
