#include "importer/quarkus_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::importer {
namespace {

// "%prod,test.name" is for prod and test; names that begin otherwise are for none.
std::vector<std::string> profiles_of(std::string_view key) {
  std::vector<std::string> profiles;
  if (!key.starts_with('%')) {
    return profiles;
  }
  key.remove_prefix(1);
  auto names = take_until(key, ".");
  while (!names.empty()) {
    profiles.emplace_back(trim(take_until(names, ",")));
  }
  return profiles;
}

bool is_for(std::string_view key, const std::string& profile) {
  const auto profiles = profiles_of(key);
  return std::ranges::find(profiles, profile) != profiles.end();
}

}  // namespace

QuarkusProfiles take_quarkus_profiles(document::Node& document,
                                      const std::vector<std::string>& active) {
  QuarkusProfiles result;
  for (const auto& line : document.children) {
    for (auto& name : profiles_of(line.key)) {
      if (std::ranges::find(result.names, name) == result.names.end()) {
        result.names.push_back(std::move(name));
      }
    }
  }
  for (const auto& profile : active) {
    std::vector<document::Node> lines;
    for (const auto& line : document.children) {
      if (!is_for(line.key, profile)) {
        continue;
      }
      result.taken.push_back({line.key_at, line.key,
                              fmt::format("applies in the profile {}, which is active", profile)});
      if (const auto dot = line.key.find('.'); dot != std::string::npos) {
        lines.push_back(line);
        lines.back().key.erase(0, dot + 1);
      } else {
        lines.insert(lines.end(), line.children.begin(), line.children.end());
      }
    }
    std::erase_if(document.children,
                  [&](const document::Node& line) { return is_for(line.key, profile); });
    std::ranges::move(lines, std::back_inserter(document.children));
  }
  return result;
}

}  // namespace tripcurve::importer
