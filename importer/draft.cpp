#include "importer/draft.hpp"

#include <algorithm>

namespace tripcurve::importer {

std::optional<std::string> Draft::value_of(std::string_view key) const {
  const auto found = std::ranges::find(settings, key, &DraftSetting::key);
  return found == settings.end() ? std::nullopt : std::optional(found->value);
}

void Draft::set(std::string_view key, std::string value, const Place& at) {
  if (!value_of(key)) {
    settings.push_back({std::string(key), std::move(value), at});
  }
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
