// Gloo: the outlierDetection of an Upstream, and of a BackendConfigPolicy of its successor
// kgateway. It is Envoy, as Envoy has it: what is left out is Envoy's default, ejection by success
// rate among it.
//
// The translation: solo-io/gloo at 8d57572e, projects/gloo/pkg/translator/clusters.go
// (createOutlierDetectionConfig, which refuses a missing interval) and plugins/loadbalancer;
// fields: api/external/envoy/api/v2/cluster/outlier_detection.proto. Of kgateway:
// extensions2/plugins/backendconfigpolicy, translateOutlierDetection.
#include <array>

#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array gloo_taken{
    Taken{"consecutive5xx", "consecutive_5xx", as_number},
    Taken{"interval", "interval", as_proto_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_proto_duration},
    Taken{"maxEjectionPercent", "max_ejection_percent", as_number},
    Taken{"enforcingConsecutive5xx", "enforcing_consecutive_5xx", as_number},
    Taken{"enforcingSuccessRate", "enforcing_success_rate", as_number},
    Taken{"successRateMinimumHosts", "success_rate_minimum_hosts", as_number},
    Taken{"successRateRequestVolume", "success_rate_request_volume", as_number},
    Taken{"successRateStdevFactor", "success_rate_stdev_factor", as_number},
    Taken{"consecutiveGatewayFailure", "consecutive_gateway_failure", as_number},
    Taken{"enforcingConsecutiveGatewayFailure", "enforcing_consecutive_gateway_failure", as_number},
    Taken{"splitExternalLocalOriginErrors", "split_external_local_origin_errors", as_flag},
    Taken{"consecutiveLocalOriginFailure", "consecutive_local_origin_failure", as_number},
    Taken{"enforcingConsecutiveLocalOriginFailure", "enforcing_consecutive_local_origin_failure",
          as_number},
    Taken{"enforcingLocalOriginSuccessRate", "enforcing_local_origin_success_rate", as_number},
};
constexpr std::array kgateway_taken{
    Taken{"consecutive5xx", "consecutive_5xx", as_number},
    Taken{"interval", "interval", as_go_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_go_duration},
    Taken{"maxEjectionPercent", "max_ejection_percent", as_number},
};

// What a resource has besides its detection that decides which hosts get calls.
std::optional<Error> take_balancer(Draft& draft, const Node& spec) {
  static const Node nothing;
  const auto* config = spec.find("loadBalancerConfig");
  Fields fields(config == nullptr ? nothing : *config, "loadBalancerConfig", Spelling::proto);
  constexpr std::array taken{
      Taken{"healthyPanicThreshold", "healthy_panic_threshold", as_number},
      Taken{"updateMergeWindow", "update_merge_window", as_proto_duration},
  };
  take(draft, fields, taken);
  for (const auto& child :
       config == nullptr ? std::span<const Node>{} : std::span(config->children)) {
    (void)fields.take(child.key);  // how calls are spread
  }
  return fields.error();
}

std::optional<Error> take_gloo_limits(Draft& draft, const Node& spec) {
  const auto* limits = spec.find("circuitBreakers");
  const auto* requests = limits == nullptr ? nullptr : limits->find("maxRequests");
  tell_of_envoy_limits(draft, limits, "maxRequests");
  if (requests != nullptr) {
    const auto count = whole_of(*requests);
    if (!count) {
      return count.error();
    }
    draft.bulkhead = Bulkhead{requests->key_at, *count, 0};
  }
  return std::nullopt;
}

void take_static_hosts(Draft& draft, const Node& spec, const Place& otherwise) {
  const auto* hosts = find_path(spec, {"static", "hosts"});
  if (hosts != nullptr && !hosts->children.empty()) {
    draft.set("hosts", std::to_string(hosts->children.size()), hosts->key_at);
  } else {
    tell_of_unknown_hosts(draft, otherwise);
  }
}

Result<Draft> read_upstream(const Node& spec) {
  Draft draft{.dialect = "envoy"};
  const auto& detection = *spec.find("outlierDetection");
  Fields fields(detection, "outlierDetection of a Gloo Upstream", Spelling::proto);
  take(draft, fields, gloo_taken);
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back({node->key_at, node->key, "is not one of Gloo's fields"});
  }
  if (auto error = fields.error()) {
    return *error;
  }
  if (!draft.value_of("interval")) {
    return detection.key_at.error("outlierDetection has no interval, so Gloo refuses it",
                                  "write for example interval: 10s");
  }
  take_gateway_counts(draft, detection.key_at);
  for (const auto take_more : {take_balancer, take_gloo_limits}) {
    if (auto error = take_more(draft, spec)) {
      return *error;
    }
  }
  take_static_hosts(draft, spec, detection.key_at);
  return draft;
}

Result<Draft> read_config_policy(const Node& spec) {
  Draft draft{.dialect = "envoy"};
  const auto& detection = *spec.find("outlierDetection");
  Fields fields(detection, "outlierDetection of a BackendConfigPolicy");
  take(draft, fields, kgateway_taken);
  fields.refuse(take_gloo_limits(draft, spec));
  if (auto error = fields.error()) {
    return *error;
  }
  tell_of_unknown_hosts(draft, detection.key_at);
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_gloo(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* spec = visit.map->find("spec");
    const auto* detection = spec == nullptr ? nullptr : spec->find("outlierDetection");
    const auto kind = word_of(*visit.map, "kind");
    const bool is_upstream =
        kind == "Upstream" && word_of(*visit.map, "apiVersion").starts_with("gloo.solo.io");
    if (detection != nullptr && (is_upstream || kind == "BackendConfigPolicy")) {
      found.push_back({resource_name(*visit.map), detection->key_at,
                       [spec, is_upstream] {
                         return is_upstream ? read_upstream(*spec) : read_config_policy(*spec);
                       },
                       target_names(*spec)});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
