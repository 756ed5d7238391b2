// Envoy Gateway: the passive health check of a BackendTrafficPolicy, and of the backendSettings of
// its other resources. It is Envoy.
//
// The translation: internal/xds/translator/cluster.go, buildXdsOutlierDetection, and
// internal/gatewayapi/clustersettings.go, buildPassiveHealthCheck; the defaults:
// api/v1alpha1/healthcheck_types.go; all of envoyproxy/gateway at d32f2829. Ejection by success
// rate stays as Envoy has it, on.
#include <array>

#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array passive_taken{
    Taken{"consecutive5XxErrors", "consecutive_5xx", as_number},
    Taken{"interval", "interval", as_go_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_go_duration},
    Taken{"consecutiveLocalOriginFailures", "consecutive_local_origin_failure", as_number},
    Taken{"splitExternalLocalOriginErrors", "split_external_local_origin_errors", as_flag},
    Taken{"alwaysEjectOneEndpoint", "always_eject_one_host", as_flag},
};

// A threshold that switches its detector on.
void take_enforced(Draft& draft, Fields& fields, std::string_view key, std::string_view setting,
                   std::string_view enforcing) {
  const auto* node = fields.take(key);
  if (node == nullptr || node->kind == Node::Kind::null) {
    return;
  }
  const auto count = whole_of(*node);
  if (!count) {
    fields.refuse(count.error());
    return;
  }
  draft.set(setting, std::to_string(*count), node->at);
  draft.set(enforcing, "100", node->at);
}

std::optional<Error> take_passive(Draft& draft, const Node& passive) {
  Fields fields(passive, "healthCheck.passive of Envoy Gateway");
  take(draft, fields, passive_taken);
  take_enforced(draft, fields, "consecutiveGatewayErrors", "consecutive_gateway_failure",
                "enforcing_consecutive_gateway_failure");
  take_enforced(draft, fields, "failurePercentageThreshold", "failure_percentage_threshold",
                "enforcing_failure_percentage");
  if (const auto percent = read_value(fields, "maxEjectionPercent", whole_of)) {
    const auto* node = fields.take("maxEjectionPercent");
    if (*percent > 0) {
      draft.set("max_ejection_percent", std::to_string(*percent), node->at);
    } else {
      draft.ignored.push_back(
          {node->key_at, node->key, "0 is not passed on to Envoy, whose default is 10 percent"});
    }
  }
  draft.set("interval", "3s", passive.key_at);
  return fields.error();
}

// What stands beside the check in the policy.
std::optional<Error> take_policy(Draft& draft, const Node& spec) {
  const auto* limits = spec.find("circuitBreaker");
  tell_of_envoy_limits(draft, limits, "maxParallelRequests");
  if (const auto* requests = limits == nullptr ? nullptr : limits->find("maxParallelRequests")) {
    const auto count = whole_of(*requests);
    if (!count) {
      return count.error();
    }
    draft.bulkhead = Bulkhead{requests->key_at, *count, 0};
  }
  if (const auto* timeout = find_path(spec, {"timeout", "http", "requestTimeout"})) {
    const auto length = go_duration_of(*timeout);
    if (!length) {
      return length.error();
    }
    draft.timeout = Timeout{timeout->at, *length};
  }
  if (const auto* retry = spec.find("retry")) {
    draft.ignored.push_back(
        {retry->key_at, retry->key,
         "the check sees each of its attempts as a call; tripcurve makes one call"});
  }
  return std::nullopt;
}

Result<Draft> read_traffic_policy(const Node& spec) {
  Draft draft{.dialect = "envoy"};
  const auto& check = *spec.find("healthCheck");
  const auto& passive = *check.find("passive");
  if (auto error = take_passive(draft, passive)) {
    return *error;
  }
  Fields around(check, "healthCheck of Envoy Gateway");
  (void)around.take("passive");
  if (const auto* active = around.take("active")) {
    draft.warnings.push_back({active->key_at, active->key,
                              "an active health check also takes hosts out and brings them back; "
                              "tripcurve does not run one"});
  }
  constexpr std::array panic{Taken{"panicThreshold", "healthy_panic_threshold", as_number}};
  take(draft, around, panic);
  around.refuse(take_policy(draft, spec));
  if (auto error = around.error()) {
    return *error;
  }
  tell_of_unknown_hosts(draft, passive.key_at);
  return draft;
}

// The resource of Envoy Gateway that a map stands in, or null.
const Node* gateway_resource(const Visit& visit) {
  for (const auto* at = &visit; at != nullptr; at = at->around) {
    if (word_of(*at->map, "apiVersion").starts_with("gateway.envoyproxy.io/")) {
      return at->map;
    }
  }
  return nullptr;
}

}  // namespace

// Of a BackendTrafficPolicy it is the spec that has the check, of others their backendSettings.
Result<std::vector<Found>> find_envoy_gateway(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* passive = find_path(*visit.map, {"healthCheck", "passive"});
    const auto* resource = passive == nullptr ? nullptr : gateway_resource(visit);
    if (resource != nullptr && (passive->is_map() || passive->kind == Node::Kind::null)) {
      found.push_back({resource_name(*resource), passive->key_at,
                       [map = visit.map] { return read_traffic_policy(*map); },
                       target_names(*visit.map)});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
