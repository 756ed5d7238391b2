#include "importer/formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tripcurve::importer {
namespace {

void collect(const Node& node, const Node* parent, const Visit* around, std::deque<Visit>& found) {
  if (node.is_map()) {
    around = &found.emplace_back(Visit{&node, parent, around});
  }
  for (const auto& child : node.children) {
    if (child.is_map() || child.is_list()) {
      collect(child, &node, around, found);
    }
  }
}

constexpr std::size_t longest_path = 200;

// How a map is reached from the one around it: "clusters[0]". A list in a list counts as one.
std::string step_of(const Visit& visit) {
  const bool in_list = visit.parent != nullptr && visit.parent->is_list();
  const std::string_view key = in_list ? visit.parent->key : visit.map->key;
  std::string step(key.substr(key.size() - std::min(key.size(), longest_path)));
  return in_list ? fmt::format("{}[{}]", step, visit.map - visit.parent->children.data()) : step;
}

}  // namespace

std::span<const Format> formats() {
  static constexpr std::array all{
      Format{"resilience4j in Spring Boot", find_resilience4j},
      Format{"Hystrix properties", find_hystrix},
      Format{"MicroProfile Fault Tolerance", find_microprofile},
      Format{".NET HttpStandardResilience", find_dotnet},
      Format{"YARP cluster", find_yarp},
      Format{"Ocelot QoSOptions", find_ocelot},
      Format{"Istio DestinationRule", find_istio},
      Format{"Envoy cluster", find_envoy},
      Format{"Envoy Gateway BackendTrafficPolicy", find_envoy_gateway},
      Format{"Gloo Upstream", find_gloo},
      Format{"AWS App Mesh virtual node", find_app_mesh},
      Format{"Kuma MeshCircuitBreaker", find_kuma},
      Format{"Consul passive health check", find_consul},
      Format{"Linkerd failure accrual", find_linkerd},
      Format{"Dapr Resiliency", find_dapr},
      Format{"KrakenD circuit breaker", find_krakend},
      Format{"Sentinel degrade rules", find_sentinel},
      Format{"Traefik circuitBreaker", find_traefik},
      Format{"APISIX api-breaker", find_apisix},
      Format{"nginx upstream", find_nginx},
      Format{"HAProxy server", find_haproxy},
      Format{"hystrix-go commands", find_hystrix_go},
      Format{"Vert.x CircuitBreakerOptions", find_vertx},
      Format{"plain settings", find_plain},
  };
  return all;
}

std::deque<Visit> all_maps(const document::Documents& documents) {
  std::deque<Visit> found;
  for (const auto& document : documents) {
    collect(document, nullptr, nullptr, found);
  }
  return found;
}

std::string path_of(const Visit& visit, char separator) {
  std::string path;
  for (const auto* at = &visit; at != nullptr && path.size() < longest_path; at = at->around) {
    if (auto step = step_of(*at); !step.empty()) {
      path = path.empty() ? std::move(step) : step + separator + path;
    }
  }
  return path.substr(path.size() - std::min(path.size(), longest_path));
}

const Node* find_path(const Node& map, std::initializer_list<std::string_view> path) {
  const auto* node = &map;
  for (const auto key : path) {
    node = node == nullptr ? nullptr : node->find(key);
  }
  return node;
}

const Node* find_any_case(const Node& map, std::string_view key) {
  const Node* found = nullptr;
  for (const auto& child : map.children) {
    found = map.is_map() && same_word(child.key, key) ? &child : found;
  }
  return found;
}

std::string resource_name(const Node& resource) {
  const auto* name = find_path(resource, {"metadata", "name"});
  return name != nullptr && name->is_scalar() && !name->text.empty()
             ? name->text
             : std::string(word_of(resource, "kind"));
}

std::vector<std::string> target_names(const Node& spec) {
  std::vector<std::string> names;
  if (const auto* one = spec.find("targetRef")) {
    names.emplace_back(word_of(*one, "name"));
  }
  if (const auto* all = spec.find("targetRefs")) {
    for (const auto& target : all->children) {
      names.emplace_back(word_of(target, "name"));
    }
  }
  std::erase(names, "");
  return names;
}

std::string_view word_of(const Node& map, std::string_view key) {
  const auto* node = map.find(key);
  return node != nullptr && node->is_scalar() ? std::string_view(node->text) : std::string_view{};
}

}  // namespace tripcurve::importer
