#include "serve/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace tripcurve::serve {

Result<SettingChanges> read_changes(std::string_view body, std::string_view example) {
  const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return Error{"the body is no JSON object", fmt::format("send one like {}", example)};
  }
  SettingChanges changes;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string() && !value.is_null()) {
      return Error{fmt::format("{} is no string", visible(name)),
                   "write it as in flags, in quotes"};
    }
    changes.emplace_back(name,
                         value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
  }
  return changes;
}

Settings changed(Settings settings, const SettingChanges& changes) {
  for (const auto& [name, text] : changes) {
    std::erase_if(settings, [&](const auto& one) { return one.first == name; });
    if (text) {
      settings.emplace_back(name, *text);
    }
  }
  return settings;
}

}  // namespace tripcurve::serve
