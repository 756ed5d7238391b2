// Kuma and Kong Mesh: the outlierDetection of a MeshCircuitBreaker, for destinations (to) or for
// the proxy's own service (rules, from), as a Kubernetes resource or as a universal one. It is
// Envoy.
//
// The translation and what is refused: kuma
// pkg/plugins/policies/meshcircuitbreaker/plugin/xds/configurer.go and api/v1alpha1/validator.go at
// 348b6528.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// A number of its own, for which 0 is refused.
Result<std::string> as_positive(const Node& node) {
  const auto count = whole_of(node);
  if (!count) {
    return count.error();
  }
  return *count > 0 ? Result<std::string>(std::to_string(*count))
                    : node.at.error(node.key + " must be greater than 0",
                                    "leave the key out to do without it");
}

// Envoy has it in thousandths: 1.9 is 1900.
Result<std::string> as_thousandths(const Node& node) {
  const auto number = number_of(node);
  if (!number) {
    return number.error();
  }
  constexpr double most = 4'000'000;
  if (!(*number > 0) || *number > most) {
    return node.at.error(node.key + " must be greater than 0", "write it like \"1.9\"");
  }
  // What is behind the third digit is cut off; the small part is for 1.9, which a double is not.
  return fmt::format("{}", static_cast<std::uint64_t>(std::floor(*number * 1000 + 1e-6)));
}

constexpr std::array detection_taken{
    Taken{"interval", "interval", as_go_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_go_duration},
    Taken{"maxEjectionPercent", "max_ejection_percent", as_number},
    Taken{"splitExternalAndLocalErrors", "split_external_local_origin_errors", as_flag},
    Taken{"healthyPanicThreshold", "healthy_panic_threshold", as_number},
};
constexpr std::array success_rate_taken{
    Taken{"minimumHosts", "success_rate_minimum_hosts", as_positive},
    Taken{"requestVolume", "success_rate_request_volume", as_positive},
    Taken{"standardDeviationFactor", "success_rate_stdev_factor", as_thousandths},
};
constexpr std::array failure_percentage_taken{
    Taken{"minimumHosts", "failure_percentage_minimum_hosts", as_positive},
    Taken{"requestVolume", "failure_percentage_request_volume", as_positive},
    Taken{"threshold", "failure_percentage_threshold", as_number},
};

// A detector that is on by being there; `enforcing` are Envoy's chances for it.
void take_rates(Draft& draft, Fields& detectors, const Place& at, std::string_view name,
                std::span<const Taken> keys, std::initializer_list<std::string_view> enforcing) {
  const auto* detector = detectors.take(name);
  const bool is_on = detector != nullptr && detector->kind != Node::Kind::null;
  for (const auto key : enforcing) {
    draft.set(key, is_on ? "100" : "0", is_on ? detector->key_at : at);
  }
  if (is_on) {
    Fields fields(*detector, std::string(name));
    take(draft, fields, keys);
    detectors.refuse(fields.error());
  }
}

// A detector of errors in a row, which is on when it says how many.
void take_in_a_row(Draft& draft, Fields& detectors, const Place& at, std::string_view name,
                   const std::string& setting) {
  const auto* detector = detectors.take(name);
  const Node* count = nullptr;
  if (detector != nullptr && detector->kind != Node::Kind::null) {
    Fields fields(*detector, std::string(name));
    const std::array keys{Taken{"consecutive", setting, as_positive}};
    count = detector->find("consecutive");
    take(draft, fields, keys);
    detectors.refuse(fields.error());
  }
  draft.set("enforcing_" + setting, count != nullptr ? "100" : "0",
            count != nullptr ? count->at : at);
}

std::optional<Error> take_detectors(Draft& draft, const Node& detection, const Node* detectors) {
  if (detectors == nullptr || detectors->children.empty()) {
    return detection.key_at.error(
        "outlierDetection of a MeshCircuitBreaker without detectors, which Kuma refuses",
        "write such as detectors: {totalFailures: {consecutive: 5}}");
  }
  Fields fields(*detectors, "detectors of a MeshCircuitBreaker");
  take_in_a_row(draft, fields, detectors->key_at, "totalFailures", "consecutive_5xx");
  take_in_a_row(draft, fields, detectors->key_at, "gatewayFailures", "consecutive_gateway_failure");
  take_in_a_row(draft, fields, detectors->key_at, "localOriginFailures",
                "consecutive_local_origin_failure");
  take_rates(draft, fields, detectors->key_at, "successRate", success_rate_taken,
             {"enforcing_success_rate", "enforcing_local_origin_success_rate"});
  take_rates(draft, fields, detectors->key_at, "failurePercentage", failure_percentage_taken,
             {"enforcing_failure_percentage", "enforcing_failure_percentage_local_origin"});
  return fields.error();
}

std::optional<Error> take_kuma_limits(Draft& draft, const Node* limits) {
  if (limits == nullptr || !limits->is_map()) {
    return std::nullopt;
  }
  Fields fields(*limits, "connectionLimits of a MeshCircuitBreaker");
  const auto requests = read_value(fields, "maxRequests", whole_of);
  constexpr std::string_view no_breaker =
      "is of the connections and no breaker; tripcurve does not play it";
  constexpr std::array others{
      Ignored{"maxConnections", no_breaker}, Ignored{"maxConnectionPools", no_breaker},
      Ignored{"maxPendingRequests", no_breaker}, Ignored{"maxRetries", no_breaker}};
  ignore(draft, fields, others);
  constexpr std::uint64_t of_envoy = 1024;
  draft.bulkhead = Bulkhead{limits->key_at, requests.value_or(of_envoy), 0};
  return fields.error();
}

// What Kuma takes for the whole of a destination, or of the proxy's own service.
Result<Draft> read_conf(const Node& conf, bool inbound) {
  Draft draft{.dialect = "envoy"};
  const auto& detection = *conf.find("outlierDetection");
  Fields fields(detection, "outlierDetection of a MeshCircuitBreaker");
  if (const auto off = read_value(fields, "disabled", flag_of); off.value_or(false)) {
    return fields.take("disabled")
        ->at.error("this outlierDetection is disabled", "name another one, or remove the line");
  }
  take(draft, fields, detection_taken);
  fields.refuse(take_detectors(draft, detection, fields.take("detectors")));
  fields.refuse(take_kuma_limits(draft, conf.find("connectionLimits")));
  if (auto error = fields.error()) {
    return *error;
  }
  take_gateway_counts(draft, detection.key_at);
  if (inbound) {
    draft.set("hosts", "1", detection.key_at);
  } else {
    draft.warnings.push_back(
        {detection.key_at, "hosts",
         "the file does not say how many hosts there are; give hosts=N, because "
         "max_ejection_percent depends on it"});
  }
  return draft;
}

bool is_breaker(const Node& map) {
  return word_of(map, "kind") == "MeshCircuitBreaker" ||
         word_of(map, "type") == "MeshCircuitBreaker";
}

std::string policy_name(const Node& map) {
  const auto* name = find_path(map, {"metadata", "name"});
  name = name == nullptr ? map.find("name") : name;
  return name != nullptr && name->is_scalar() ? name->text : "MeshCircuitBreaker";
}

// An item by what it is for: policy/to/backend. One without a name is for all of a kind:
// policy/to/Mesh.
void find_items(const Node& spec, const std::string& policy, const std::string& list,
                std::vector<Found>& found) {
  const auto* items = spec.find(list);
  for (const auto& item : items == nullptr ? std::span<const Node>{} : std::span(items->children)) {
    const auto* conf = item.find("default");
    const auto* detection = conf == nullptr ? nullptr : conf->find("outlierDetection");
    if (detection == nullptr || !detection->is_map()) {
      continue;
    }
    const auto* target = item.find("targetRef");
    const auto name = target == nullptr ? std::string_view{} : word_of(*target, "name");
    const auto kind = target == nullptr ? std::string_view{} : word_of(*target, "kind");
    const auto what = std::string(name.empty() ? kind : name);
    Found one{policy + "/" + list + (what.empty() ? "" : "/" + what), detection->key_at,
              [conf, list] { return read_conf(*conf, list != "to"); }};
    if (!name.empty()) {
      one.also.push_back(what);
    }
    found.push_back(std::move(one));
  }
}

}  // namespace

Result<std::vector<Found>> find_kuma(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* spec = visit.map->find("spec");
    if (is_breaker(*visit.map) && spec != nullptr) {
      for (const auto* list : {"to", "from", "rules"}) {
        find_items(*spec, policy_name(*visit.map), list, found);
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
