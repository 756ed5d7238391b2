// Microsoft.Extensions.Http.Resilience: a section bound to HttpStandardResilienceOptions, wherever
// it stands in appsettings.json; a colon in a key is a step down. One bound to
// HttpStandardHedgingResilienceOptions has the breaker in Endpoint.
#include <algorithm>
#include <array>
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/dotnet_options.hpp"

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

// Puts a value where its name says: "CircuitBreaker:FailureRatio" is FailureRatio of
// CircuitBreaker, and joins what is there in any case.
void put(Node& map, std::string_view path, Node value) {
  const auto name = take_until(path, ":");
  const auto known = std::ranges::find_if(
      map.children, [&](const Node& child) { return same_word(child.key, name); });
  const bool joins = known != map.children.end() && known->is_map();
  if (!path.empty()) {
    auto& below = joins ? *known
                        : map.children.emplace_back(Node{.kind = Node::Kind::map,
                                                         .at = value.key_at,
                                                         .key = std::string(name),
                                                         .key_at = value.key_at});
    put(below, path, std::move(value));
  } else if (joins && value.is_map()) {
    for (auto& child : value.children) {
      const auto key = child.key;
      put(*known, key, std::move(child));
    }
  } else {
    value.key = std::string(name);
    map.children.push_back(std::move(value));
  }
}

Node expanded(const Node& node) {
  if (!node.is_map() && !node.is_list()) {
    return node;
  }
  Node result{.kind = node.kind, .at = node.at, .key = node.key, .key_at = node.key_at};
  constexpr std::ptrdiff_t most_steps = 16;
  const auto is_path = [](const Node& child) {
    const auto steps = std::ranges::count(child.key, ':');
    return steps > 0 && steps <= most_steps;
  };
  const bool has_paths = node.is_map() && std::ranges::any_of(node.children, is_path);
  for (const auto& child : node.children) {
    auto value = expanded(child);
    if (has_paths && std::ranges::count(child.key, ':') <= most_steps) {
      put(result, child.key, std::move(value));
    } else {
      result.children.push_back(std::move(value));
    }
  }
  return result;
}

}  // namespace

Result<std::vector<Found>> find_dotnet(const document::Documents& documents) {
  std::vector<Found> found;
  const auto read = std::make_shared<document::Documents>();
  for (const auto& document : documents) {
    read->push_back(expanded(document));
  }
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
