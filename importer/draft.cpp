#include "importer/draft.hpp"

#include <algorithm>

namespace tripcurve::importer {
namespace {

// Where the setting stands that the dialect complains of: its Error names the key.
const Place& blamed(const Draft& draft, const std::string& message, const Place& otherwise) {
  const Place* at = &otherwise;
  std::size_t longest = 0;
  for (const auto& setting : draft.settings) {
    if (setting.key.size() > longest && message.find(setting.key) != std::string::npos) {
      at = &setting.at;
      longest = setting.key.size();
    }
  }
  return *at;
}

}  // namespace

std::optional<std::string> Draft::value_of(std::string_view key) const {
  const auto found = std::ranges::find(settings, key, &DraftSetting::key);
  return found == settings.end() ? std::nullopt : std::optional(found->value);
}

void Draft::set(std::string_view key, std::string value, const Place& at) {
  if (!value_of(key)) {
    settings.push_back({std::string(key), std::move(value), at});
  }
}

Result<breaker::Choice> choice_of(const Draft& draft, const Place& otherwise) {
  breaker::Choice::Given given;
  for (const auto& [key, value, at] : draft.settings) {
    given.emplace_back(key, value);
  }
  auto choice = breaker::make_choice(draft.dialect, given);
  if (!choice) {
    const auto& error = choice.error();
    return error.in(blamed(draft, error.message, otherwise).text());
  }
  return choice;
}

Result<client::BreakerConfig> breaker_policy_of(const Draft& draft, const Place& otherwise) {
  auto choice = choice_of(draft, otherwise);
  if (!choice) {
    return choice.error();
  }
  const auto counted = choice->dialect().on_cancel;
  return client::with_cancelled({.choice = *std::move(choice)}, counted);
}

void take(Draft& draft, Fields& fields, std::span<const Taken> keys) {
  for (const auto& [key, setting, convert] : keys) {
    const auto* node = fields.take(key);
    if (node == nullptr || node->kind == Node::Kind::null) {
      continue;
    }
    if (auto value = convert(*node)) {
      draft.set(setting, *std::move(value), node->at);
    } else {
      fields.refuse(value.error());
    }
  }
}

void ignore(Draft& draft, Fields& fields, std::span<const Ignored> keys) {
  for (const auto& [key, why] : keys) {
    if (const auto* node = fields.take(key)) {
      draft.ignored.push_back({node->key_at, node->key, std::string(why)});
    }
  }
}

}  // namespace tripcurve::importer
