#include "importer/neighbours.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/text.hpp"
#include "importer/formats.hpp"

namespace tripcurve::importer {
namespace {

// The node that gives a neighbour away, or null.
using Sign = const Node* (*)(const Visit&);

struct Neighbour {
  Sign sign;
  std::string_view what;
};

const Node* child_map(const Node& map, std::string_view key) {
  const auto* child = map.find(key);
  return child != nullptr && child->is_map() ? child : nullptr;
}

// kind: CustomResourceDefinition, and every other schema in OpenAPI's words.
const Node* schema(const Visit& visit) {
  return word_of(*visit.map, "kind") == "CustomResourceDefinition" ? visit.map->find("kind")
                                                                   : nullptr;
}

// Kong and APISIX: passive beside active in healthchecks.
const Node* kong(const Visit& visit) {
  for (const auto* key : {"healthchecks", "healthChecks", "healthCheck", "checks"}) {
    const auto* checks = child_map(*visit.map, key);
    const auto* passive = checks == nullptr ? nullptr : child_map(*checks, "passive");
    if (passive != nullptr && child_map(*passive, "unhealthy") != nullptr) {
      return passive;
    }
  }
  return nullptr;
}

const Node* traefik_passive(const Visit& visit) {
  const auto* check = child_map(*visit.map, "passiveHealthCheck");
  return check != nullptr && (check->find("maxFailedAttempts") != nullptr ||
                              check->find("failureWindow") != nullptr)
             ? check
             : nullptr;
}

// Caddy's JSON: health_checks of a reverse_proxy.
const Node* caddy(const Visit& visit) {
  const auto* checks = child_map(*visit.map, "health_checks");
  return checks == nullptr ? nullptr : child_map(*checks, "passive");
}

// A filter by its name, or in short: CircuitBreaker=name=payments.
const Node* filter_named(const Visit& visit, const std::string& name) {
  for (const auto& child : visit.map->children) {
    if (child.key == "name" && child.is_scalar() && child.text == name && visit.parent != nullptr &&
        visit.parent->is_list()) {
      return &child;
    }
    for (const auto& item : child.children) {
      if (child.is_list() && item.is_scalar() && item.text.starts_with(name + "=")) {
        return &item;
      }
    }
  }
  return nullptr;
}
const Node* gateway_filter(const Visit& visit) { return filter_named(visit, "CircuitBreaker"); }
const Node* hystrix_filter(const Visit& visit) { return filter_named(visit, "Hystrix"); }

// The value of a path with dots; its steps may be nested, written with dots, or both.
const Node* at_path(const Node& map, std::string_view path) {
  for (const auto& child : map.children) {
    if (!map.is_map() || !path.starts_with(child.key)) {
      continue;
    }
    if (path.size() == child.key.size()) {
      return &child;
    }
    if (path[child.key.size()] == '.') {
      if (const auto* found = at_path(child, path.substr(child.key.size() + 1))) {
        return found;
      }
    }
  }
  return nullptr;
}

// The first thing that stands below a path, such as one of properties.
const Node* below_path(const Node& map, std::string_view path) {
  if (const auto* whole = at_path(map, path)) {
    return whole;
  }
  for (const auto& child : map.children) {
    const auto key = std::string_view(child.key);
    if (map.is_map() && key.starts_with(path) && key.size() > path.size() &&
        key[path.size()] == '.') {
      return &child;
    }
  }
  return nullptr;
}

const Node* on_at(const Visit& visit, std::initializer_list<std::string_view> paths) {
  for (const auto path : paths) {
    const auto* flag = visit.parent == nullptr ? at_path(*visit.map, path) : nullptr;
    if (flag != nullptr && flag->is_scalar() && same_word(flag->text, "true")) {
      return flag;
    }
  }
  return nullptr;
}

const Node* feign_hystrix(const Visit& visit) { return on_at(visit, {"feign.hystrix.enabled"}); }
const Node* feign_breaker(const Visit& visit) {
  return on_at(visit,
               {"spring.cloud.openfeign.circuitbreaker.enabled", "feign.circuitbreaker.enabled"});
}

// The other modules, without the breaker.
const Node* only_other_modules(const Visit& visit) {
  const auto* modules = visit.parent == nullptr ? below_path(*visit.map, "resilience4j") : nullptr;
  return modules != nullptr && below_path(*visit.map, "resilience4j.circuitbreaker") == nullptr
             ? modules
             : nullptr;
}

const Node* camel(const Visit& visit) {
  for (const auto* path : {"camel.resilience4j", "camel.faulttolerance", "camel.fault-tolerance"}) {
    if (const auto* found = visit.parent == nullptr ? below_path(*visit.map, path) : nullptr) {
      return found;
    }
  }
  return nullptr;
}

// A source of degrade rules, which are in a file or a store of their own.
const Node* sentinel_source(const Visit& visit) {
  for (const auto* key : {"rule-type", "ruleType"}) {
    if (const auto* type = visit.map->find(key);
        type != nullptr && type->is_scalar() && same_word(type->text, "degrade")) {
      return type;
    }
  }
  return nullptr;
}

// Linkerd 1: failureAccrual: {kind: io.l5d.consecutiveFailures}
const Node* linkerd_1(const Visit& visit) {
  const auto* accrual = child_map(*visit.map, "failureAccrual");
  return accrual != nullptr && word_of(*accrual, "kind").starts_with("io.l5d.") ? accrual : nullptr;
}

const Node* google_cloud(const Visit& visit) {
  for (const auto* key : {"outlierDetection", "outlier_detection"}) {
    const auto* detection = child_map(*visit.map, key);
    if (detection != nullptr && detection->find("consecutiveErrors") != nullptr) {
      return detection;
    }
  }
  return nullptr;
}

// Limits of connections that are called circuit breakers: Envoy's, Emissary's, Istio's pool.
const Node* limits_only(const Visit& visit) {
  for (const auto* key : {"circuit_breakers", "circuitBreakers", "circuitBreaker"}) {
    const auto* limits = visit.map->find(key);
    const Node* first =
        limits == nullptr || limits->children.empty() ? nullptr : &limits->children.front();
    const auto* thresholds = limits == nullptr ? nullptr : limits->find("thresholds");
    for (const auto* one :
         {limits, first, thresholds,
          thresholds == nullptr || thresholds->children.empty() ? nullptr
                                                                : &thresholds->children.front()}) {
      for (const auto* limit :
           {"max_connections", "maxConnections", "max_requests", "maxRequests",
            "max_pending_requests", "maxPendingRequests", "max_retries", "maxParallelRequests"}) {
        if (one != nullptr && one->find(limit) != nullptr) {
          return limits;
        }
      }
    }
  }
  return nullptr;
}

const Node* pool_only(const Visit& visit) {
  const auto* spec = visit.map->find("spec");
  return word_of(*visit.map, "kind") == "DestinationRule" && spec != nullptr
             ? find_path(*spec, {"trafficPolicy", "connectionPool"})
             : nullptr;
}

// App Mesh: connectionPool: {http: {maxConnections: 10}}
const Node* protocol_pool(const Visit& visit) {
  const auto* pool = child_map(*visit.map, "connectionPool");
  for (const auto* protocol : {"http", "http2", "grpc", "tcp"}) {
    const auto* limits_of = pool == nullptr ? nullptr : pool->find(protocol);
    if (limits_of != nullptr && (limits_of->find("maxConnections") != nullptr ||
                                 limits_of->find("maxRequests") != nullptr)) {
      return pool;
    }
  }
  return nullptr;
}

// Values for a template, or a resource that is none of those that are read.
const Node* stray_detection(const Visit& visit) {
  for (const auto* key : {"outlierDetection", "outlier_detection"}) {
    if (const auto* detection = child_map(*visit.map, key)) {
      return detection;
    }
  }
  return nullptr;
}

const Node* spring_cloud(const Visit& visit) {
  return visit.parent == nullptr ? below_path(*visit.map, "spring.cloud.circuitbreaker") : nullptr;
}

const Node* annotation(const Visit& visit) {
  const auto* annotations = find_path(*visit.map, {"metadata", "annotations"});
  for (const auto& child :
       annotations == nullptr ? std::span<const Node>{} : std::span(annotations->children)) {
    if (child.key.starts_with("projectcontour.io/max-")) {
      return &child;
    }
  }
  return nullptr;
}

const Node* skipper(const Visit& visit) {
  for (const auto& child : visit.map->children) {
    const bool is_filter =
        child.is_scalar() && (child.text.find("consecutiveBreaker(") != std::string::npos ||
                              child.text.find("rateBreaker(") != std::string::npos);
    if (is_filter) {
      return &child;
    }
  }
  return nullptr;
}

constexpr std::string_view limits =
    "limits connections and concurrent calls and is not a circuit breaker: errors do not open it; "
    "tripcurve reads outlier detection";

constexpr std::array neighbours{
    Neighbour{schema, "this is the schema of a resource, not a resource"},
    Neighbour{kong,
              "passive health checks of Kong and APISIX have no dialect: only an active check "
              "brings back a target that they take out"},
    Neighbour{traefik_passive,
              "Traefik's passive health check has no dialect; of Traefik tripcurve reads the "
              "circuitBreaker middleware"},
    Neighbour{caddy, "Caddy's passive health checks have no dialect"},
    Neighbour{gateway_filter,
              "the filter of Spring Cloud Gateway only names its breaker; its settings are below "
              "resilience4j.circuitbreaker, here or in another file, or in code; without any, try "
              "--breaker resilience4j --timeout 1s, the defaults of Spring Cloud CircuitBreaker"},
    Neighbour{hystrix_filter,
              "the filter of Spring Cloud Gateway only names its command; its settings are below "
              "hystrix.command, here or in another file; for the defaults try --breaker hystrix "
              "--timeout 1s"},
    Neighbour{feign_hystrix,
              "Hystrix is on, but the file has no setting of a command; for its defaults try "
              "--breaker hystrix --timeout 1s"},
    Neighbour{feign_breaker,
              "breakers of Feign clients are on, but the file has no setting of one; for "
              "resilience4j's defaults try --breaker resilience4j --timeout 1s"},
    Neighbour{only_other_modules, "it has other modules of resilience4j, but no circuitbreaker"},
    Neighbour{camel,
              "Camel's own configuration cannot be read; write the settings under the library's "
              "names, for example {dialect: resilience4j, failureRateThreshold: 50}"},
    Neighbour{sentinel_source,
              "the rules are in the source that is named here: import that, a JSON list of rules "
              "with resource and timeWindow"},
    Neighbour{linkerd_1, "Linkerd 1's failureAccrual has no dialect"},
    Neighbour{google_cloud,
              "an outlierDetection with consecutiveErrors is only read in a DestinationRule; write "
              "Envoy's: {name: NAME, outlier_detection: {consecutive_5xx: 5, interval: 10s}}"},
    Neighbour{skipper,
              "Skipper's breakers cannot be read; consecutiveBreaker(15, \"10s\", 3) is --breaker "
              "'gobreaker,ReadyToTrip=ConsecutiveFailures >= 15,Timeout=10s,MaxRequests=3'"},
    Neighbour{limits_only, limits},
    Neighbour{pool_only, limits},
    Neighbour{protocol_pool, limits},
    Neighbour{annotation, limits},
    Neighbour{stray_detection,
              "this outlier detection is in no resource that tripcurve reads; render templates "
              "first; Envoy's own form is {name: NAME, outlier_detection: {...}}"},
    Neighbour{spring_cloud,
              "it turns Spring Cloud CircuitBreaker on or off but has no setting of a breaker: "
              "those are below resilience4j.circuitbreaker, or in code"},
};

}  // namespace

std::optional<std::string> neighbour_in(const document::Documents& documents) {
  const auto visits = all_maps(documents);
  for (const auto& one : neighbours) {
    for (const auto& visit : visits) {
      if (const auto* node = one.sign(visit)) {
        const auto line = node->key.empty() ? node->at.line : node->key_at.line;
        return fmt::format("line {}: {}", line, one.what);
      }
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
