// Istio: DestinationRules, turned into Envoy's outlier detection as Istio turns them. A subset's or
// a port's outlierDetection takes the place of the destination's.
//
// The translation: istio pilot/pkg/networking/core/cluster_traffic_policy.go,
// applyOutlierDetection.
#include <fmt/format.h>

#include <array>

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
      draft.ignored.push_back(
          {percent->key_at, percent->key, "0 is not handed to Envoy, whose default is 10 percent"});
    }
  }
  if (const auto* old = fields.take("consecutiveErrors")) {
    draft.ignored.push_back(
        {old->key_at, old->key,
         "was replaced by consecutive5xxErrors and is not handed to Envoy any more"});
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

std::optional<Error> take_pool(Draft& draft, const Node* policy) {
  const auto* http = policy == nullptr ? nullptr : find_path(*policy, {"connectionPool", "http"});
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

Result<Draft> read_policy(const Node& detection, const Node* policy) {
  Draft draft{.dialect = "envoy"};
  if (auto error = take_detection(draft, detection)) {
    return *error;
  }
  if (auto error = take_pool(draft, policy)) {
    return *error;
  }
  draft.warnings.push_back({detection.key_at, "hosts",
                            "the file does not say how many hosts there are; give hosts=N, because "
                            "max_ejection_percent depends on it"});
  return draft;
}

// A trafficPolicy and, under it, those of its ports.
void find_policies(const Node* policy, const std::string& name, std::vector<Found>& found) {
  if (policy == nullptr || !policy->is_map()) {
    return;
  }
  if (const auto* detection = policy->find("outlierDetection")) {
    found.push_back({name, detection->key_at, [=] { return read_policy(*detection, policy); }});
  }
  if (const auto* ports = policy->find("portLevelSettings")) {
    for (const auto& port : ports->children) {
      const auto* number = find_path(port, {"port", "number"});
      find_policies(&port, name + ":" + (number == nullptr ? "?" : number->text), found);
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
    const std::string host(word_of(*spec, "host"));
    find_policies(spec->find("trafficPolicy"), host, found);
    if (const auto* subsets = spec->find("subsets")) {
      for (const auto& subset : subsets->children) {
        find_policies(subset.find("trafficPolicy"),
                      fmt::format("{}/{}", host, word_of(subset, "name")), found);
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
