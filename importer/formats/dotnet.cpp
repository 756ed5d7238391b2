// Microsoft.Extensions.Http.Resilience: a section bound to HttpStandardResilienceOptions, wherever
// it stands in appsettings.json; a colon in a key is a step down. One bound to
// HttpStandardHedgingResilienceOptions has the breaker in Endpoint.
#include <algorithm>
#include <array>
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/dotnet_options.hpp"
#include "importer/formats/dotnet_sections.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array<std::string_view, 4> breaker_keys{"FailureRatio", "MinimumThroughput",
                                                       "SamplingDuration", "BreakDuration"};
constexpr std::array<std::string_view, 5> strategies{"RateLimiter", "TotalRequestTimeout", "Retry",
                                                     "CircuitBreaker", "AttemptTimeout"};

const Node* child_in_any_case(const Node& map, std::string_view key) {
  const Node* found = nullptr;
  for (const auto& child : map.children) {
    if (map.is_map() &&
        (same_word(child.key, key) || same_word(child.key, std::string(key) + "Options"))) {
      found = &child;
    }
  }
  return found;
}

// A section of these options has at least two of the strategies, or a breaker with keys of its own.
bool has_breaker_keys(const Node& map) {
  const auto* breaker = child_in_any_case(map, "CircuitBreaker");
  return breaker != nullptr && std::ranges::any_of(breaker_keys, [&](std::string_view key) {
           return child_in_any_case(*breaker, key) != nullptr;
         });
}

bool is_section(const Node& map) {
  std::size_t known = 0;
  for (const auto name : strategies) {
    const auto* node = child_in_any_case(map, name);
    known += node != nullptr && node->is_map() ? 1U : 0U;
  }
  return has_breaker_keys(map) ||
         (known >= 2 && (child_in_any_case(map, "AttemptTimeout") != nullptr ||
                         child_in_any_case(map, "TotalRequestTimeout") != nullptr));
}

// One for hedging has an Endpoint with a breaker in it, or both words of hedging.
bool is_hedging_section(const Node& map) {
  const auto* endpoint = child_in_any_case(map, "Endpoint");
  return endpoint != nullptr && endpoint->is_map() &&
         (has_breaker_keys(*endpoint) ||
          (child_in_any_case(map, "Hedging") != nullptr &&
           child_in_any_case(*endpoint, "CircuitBreaker") != nullptr));
}

}  // namespace

Result<std::vector<Found>> find_dotnet(const document::Documents& documents) {
  std::vector<Found> found;
  const auto read = std::make_shared<document::Documents>(dotnet_sections(documents));
  for (const auto& visit : all_maps(*read)) {
    const auto& map = *visit.map;
    const bool hedges = is_hedging_section(map);
    const bool of_hedging = visit.around != nullptr && is_hedging_section(*visit.around->map) &&
                            child_in_any_case(*visit.around->map, "Endpoint") == &map;
    if (hedges || (is_section(map) && !of_hedging)) {
      found.push_back({path_of(visit, ':'), map.key_at, [read, &map, hedges] {
                         return hedges ? read_dotnet_hedging(map) : read_dotnet_standard(map);
                       }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
