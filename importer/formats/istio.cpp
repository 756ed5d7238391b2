// Istio: DestinationRules, turned into Envoy's outlier detection as Istio turns them. A subset's or
// a port's outlierDetection takes the place of the destination's.
//
// The translation: istio pilot/pkg/networking/core/cluster_traffic_policy.go,
// applyOutlierDetection.
#include <fmt/format.h>

#include <array>
#include <span>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
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

// What a connection pool limits besides calls at once.
void tell_of_pool(Draft& draft, const Node* block, std::string_view name) {
  for (const auto& child :
       block == nullptr ? std::span<const Node>{} : std::span(block->children)) {
    if (child.key != "http2MaxRequests") {
      draft.ignored.push_back(
          {child.key_at, fmt::format("{}.{}", name, child.key),
           "limits connections and is not a circuit breaker; tripcurve leaves it out"});
    }
  }
}

std::optional<Error> take_pool(Draft& draft, const Node* pool) {
  if (pool == nullptr) {
    return std::nullopt;
  }
  const auto* http = pool->find("http");
  tell_of_pool(draft, pool->find("tcp"), "tcp");
  tell_of_pool(draft, http, "http");
  const auto* requests = http == nullptr ? nullptr : http->find("http2MaxRequests");
  if (requests == nullptr) {
    return std::nullopt;
  }
  const auto count = whole_of(*requests);
  if (!count) {
    return count.error();
  }
  if (*count > 0) {
    draft.bulkhead = Bulkhead{requests->key_at, *count, 0};
  }
  return std::nullopt;
}

Result<Draft> read_policy(const Node& detection, const Node* pool) {
  Draft draft{.dialect = "envoy"};
  if (auto error = take_detection(draft, detection)) {
    return *error;
  }
  if (auto error = take_pool(draft, pool)) {
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
  std::string name;  // metadata.name, or ""
};

void add(const Rule& rule, const std::string& part, const Place& at, const Policy& policy,
         std::vector<Found>& found) {
  std::vector<std::string> also;
  if (!rule.name.empty()) {
    also.push_back(rule.name + part);
  }
  found.push_back({rule.host + part, at,
                   [policy] { return read_policy(*policy.detection, policy.pool); },
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
  for (const auto& visit : all_maps(documents)) {
    const auto* spec = visit.map->find("spec");
    if (word_of(*visit.map, "kind") != "DestinationRule" || spec == nullptr) {
      continue;
    }
    const auto* name = find_path(*visit.map, {"metadata", "name"});
    const Rule rule{std::string(word_of(*spec, "host")),
                    name != nullptr && name->is_scalar() ? name->text : ""};
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
