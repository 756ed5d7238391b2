// Istio: DestinationRules, turned into Envoy's outlier detection as Istio turns them. A subset's or
// a port's outlierDetection takes the place of the destination's.
//
// The translation: istio pilot/pkg/networking/core/cluster_traffic_policy.go,
// applyOutlierDetection and applyConnectionPool; a limit of 0 is none there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_call.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/formats/istio_routes.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// A count that switches its own detector off when it is 0.
void take_count(Draft& draft, Fields& fields, std::string_view key, const std::string& setting) {
  const auto* node = fields.take(key);
  if (node == nullptr) {
    return;
  }
  const auto count = whole_of(*node);
  if (!count) {
    fields.refuse(count.error());
    return;
  }
  if (*count > 0) {
    draft.set(setting, std::to_string(*count), node->at);
  }
  draft.set("enforcing_" + setting, *count > 0 ? "100" : "0", node->at);
}

constexpr std::array durations{
    Taken{"interval", "interval", as_go_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_go_duration},
    Taken{"splitExternalLocalOriginErrors", "split_external_local_origin_errors", as_flag},
};

// Fields of Envoy's outlier_detection that people write here.
constexpr std::array<std::string_view, 19> istio_ignored{"consecutive5xx",
                                                         "consecutiveGatewayFailure",
                                                         "consecutiveLocalOriginFailure",
                                                         "maxEjectionTime",
                                                         "maxEjectionTimeJitter",
                                                         "alwaysEjectOneHost",
                                                         "enforcingConsecutive5xx",
                                                         "enforcingConsecutiveGatewayFailure",
                                                         "enforcingConsecutiveLocalOriginFailure",
                                                         "enforcingSuccessRate",
                                                         "enforcingLocalOriginSuccessRate",
                                                         "successRateMinimumHosts",
                                                         "successRateRequestVolume",
                                                         "successRateStdevFactor",
                                                         "failurePercentageThreshold",
                                                         "failurePercentageMinimumHosts",
                                                         "failurePercentageRequestVolume",
                                                         "enforcingFailurePercentage",
                                                         "enforcingFailurePercentageLocalOrigin"};

std::optional<Error> take_detection(Draft& draft, const Node& detection) {
  Fields fields(detection, "outlierDetection");
  take_count(draft, fields, "consecutive5xxErrors", "consecutive_5xx");
  take_count(draft, fields, "consecutiveGatewayErrors", "consecutive_gateway_failure");
  take_count(draft, fields, "consecutiveLocalOriginFailures", "consecutive_local_origin_failure");
  take(draft, fields, durations);
  if (const auto* percent = fields.take("maxEjectionPercent")) {
    const auto value = whole_of(*percent);
    if (!value) {
      fields.refuse(value.error());
    } else if (*value > 0) {
      draft.set("max_ejection_percent", std::to_string(*value), percent->at);
    } else {
      draft.ignored.push_back({percent->key_at, percent->key,
                               "0 is not passed on to Envoy, whose default is 10 percent"});
    }
  }
  if (const auto* old = fields.take("consecutiveErrors")) {
    draft.ignored.push_back(
        {old->key_at, old->key,
         "was replaced by consecutive5xxErrors and is no longer passed on to Envoy"});
  }
  for (const auto key : istio_ignored) {
    if (const auto* node = fields.take(key)) {
      draft.ignored.push_back({node->key_at, node->key,
                               "is Envoy's own field; Istio's outlierDetection does not have it "
                               "and does not pass it on"});
    }
  }
  const auto* panic = fields.take("minHealthPercent");
  const auto value = panic == nullptr ? Result<std::string>("0") : as_number(*panic);
  if (value) {
    draft.set("healthy_panic_threshold", *value, panic == nullptr ? detection.key_at : panic->at);
  } else {
    fields.refuse(value.error());
  }
  draft.set("enforcing_success_rate", "0", detection.key_at);  // Istio always does
  take_gateway_counts(draft, detection.key_at);
  return fields.error();
}

constexpr std::array<std::string_view, 5> pool_limits{
    "tcp.maxConnections", "http.http1MaxPendingRequests", "http.http2MaxRequests",
    "http.maxRetries", "http.h2UpgradePolicy"};

// What a connection pool says besides its limits.
void tell_of_pool(Draft& draft, const Node& pool) {
  for (const auto& block : pool.children) {
    for (const auto& child : block.children) {
      auto name = fmt::format("{}.{}", block.key, child.key);
      if (std::ranges::find(pool_limits, name) == pool_limits.end()) {
        draft.ignored.push_back({child.key_at, std::move(name),
                                 "is about single connections, which tripcurve does not play"});
      }
    }
  }
}

// A limit of a connection pool; one of 0 is none.
std::optional<std::uint64_t> pool_limit(const Node& pool, std::string_view block,
                                        std::string_view key, std::optional<Error>& error) {
  const auto* node = find_path(pool, {block, key});
  if (node == nullptr || node->kind == Node::Kind::null) {
    return std::nullopt;
  }
  const auto count = whole_of(*node);
  if (!count) {
    error = error ? error : count.error();
    return std::nullopt;
  }
  return *count > 0 ? std::optional(*count) : std::nullopt;
}

Result<std::optional<EnvoyPool>> read_pool(Draft& draft, const Node* pool) {
  if (pool == nullptr || !pool->is_map()) {
    return std::optional<EnvoyPool>();
  }
  tell_of_pool(draft, *pool);
  std::optional<Error> error;
  EnvoyPool limits{.at = pool->key_at,
                   .connections = pool_limit(*pool, "tcp", "maxConnections", error),
                   .pending = pool_limit(*pool, "http", "http1MaxPendingRequests", error),
                   .requests = pool_limit(*pool, "http", "http2MaxRequests", error)};
  if (const auto retries = pool_limit(*pool, "http", "maxRetries", error)) {
    limits.retries = envoy_max_retries(*retries);
  }
  const auto* upgrade = find_path(*pool, {"http", "h2UpgradePolicy"});
  limits.http2 = upgrade != nullptr && upgrade->text == "UPGRADE";
  if (error) {
    return *error;
  }
  if (limits.pending && !limits.connections && !limits.http2) {
    const auto* node = find_path(*pool, {"http", "http1MaxPendingRequests"});
    draft.warnings.push_back({node->key_at, "http.http1MaxPendingRequests",
                              "has no effect without tcp.maxConnections: no request waits where "
                              "any number of connections may be opened"});
  }
  return std::optional(limits);
}

Result<Draft> read_policy(const Node& detection, const Node* pool, const IstioRoute* route) {
  Draft draft{.dialect = "envoy"};
  if (auto error = take_detection(draft, detection)) {
    return *error;
  }
  auto limits = read_pool(draft, pool);
  if (!limits) {
    return limits.error();
  }
  EnvoyCall call{.pool = *std::move(limits)};
  if (route != nullptr) {
    if (auto error = take_istio_route(draft, call, *route)) {
      return *error;
    }
  } else {
    tell_of_default_retries(draft, detection.key_at);
  }
  if (auto error = take_envoy_call(draft, call, detection.key_at)) {
    return *error;
  }
  tell_of_unknown_hosts(draft, detection.key_at);
  return draft;
}

// What a policy says, or what it inherits.
struct Policy {
  const Node* detection = nullptr;
  const Node* pool = nullptr;
};

Policy policy_of(const Node* written, const Policy& inherited) {
  Policy policy = inherited;
  if (written != nullptr && written->is_map()) {
    const auto* detection = written->find("outlierDetection");
    const auto* pool = written->find("connectionPool");
    policy.detection = detection == nullptr ? policy.detection : detection;
    policy.pool = pool == nullptr ? policy.pool : pool;
  }
  return policy;
}

// Where a DestinationRule is told: its host, and what it is called besides.
struct Rule {
  std::string host;
  std::string name;                                       // metadata.name, or ""
  std::shared_ptr<const std::vector<IstioRoute>> routes;  // of all VirtualServices of the file
};

void add(const Rule& rule, const std::string& part, const Place& at, const Policy& policy,
         std::vector<Found>& found) {
  std::vector<std::string> also;
  if (!rule.name.empty()) {
    also.push_back(rule.name + part);
  }
  found.push_back({rule.host + part, at,
                   [policy, rule, part] {
                     return read_policy(*policy.detection, policy.pool,
                                        route_to(*rule.routes, rule.host, part));
                   },
                   std::move(also)});
}

// A trafficPolicy and, under it, those of its ports, which inherit nothing. A subset inherits what
// it does not say itself, and is one of its own where it says something.
void find_policies(const Node* written, const Rule& rule, const std::string& part,
                   const Policy& inherited, std::vector<Found>& found) {
  if (written == nullptr || !written->is_map()) {
    return;
  }
  const auto policy = policy_of(written, inherited);
  const auto* own = written->find("outlierDetection");
  const auto* pool = written->find("connectionPool");
  if (policy.detection != nullptr && (own != nullptr || pool != nullptr)) {
    add(rule, part, (own != nullptr ? own : pool)->key_at, policy, found);
  }
  if (const auto* ports = written->find("portLevelSettings")) {
    for (const auto& port : ports->children) {
      const auto* number = find_path(port, {"port", "number"});
      find_policies(&port, rule, part + ":" + (number == nullptr ? "?" : number->text), {}, found);
    }
  }
}

}  // namespace

Result<std::vector<Found>> find_istio(const document::Documents& documents) {
  std::vector<Found> found;
  const auto routes = std::make_shared<const std::vector<IstioRoute>>(istio_routes(documents));
  for (const auto& visit : all_maps(documents)) {
    const auto* spec = visit.map->find("spec");
    if (word_of(*visit.map, "kind") != "DestinationRule" || spec == nullptr) {
      continue;
    }
    const auto* name = find_path(*visit.map, {"metadata", "name"});
    const Rule rule{std::string(word_of(*spec, "host")),
                    name != nullptr && name->is_scalar() ? name->text : "", routes};
    const auto* policy = spec->find("trafficPolicy");
    find_policies(policy, rule, "", {}, found);
    if (const auto* subsets = spec->find("subsets")) {
      for (const auto& subset : subsets->children) {
        find_policies(subset.find("trafficPolicy"), rule,
                      fmt::format("/{}", word_of(subset, "name")), policy_of(policy, {}), found);
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
