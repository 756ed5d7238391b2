// Kuma and Kong Mesh: the outlierDetection of a MeshCircuitBreaker, for destinations (to) or for
// the proxy's own service (rules, from), as a Kubernetes resource or as a universal one; and the
// conf of a CircuitBreaker, which was before it. It is Envoy.
//
// The translation and what is refused: kuma
// pkg/plugins/policies/meshcircuitbreaker/plugin/xds/configurer.go and api/v1alpha1/validator.go at
// 348b6528; of the old policy pkg/xds/envoy/clusters/v3/outlier_detection_configurer.go of 2.x, by
// which a detector is on by being there, and its count Envoy's default where it has none.
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
                                    "to turn it off, leave out the key");
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
        "outlierDetection of a MeshCircuitBreaker has no detectors, so Kuma refuses it",
        "write for example detectors: {totalFailures: {consecutive: 5}}");
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
  Fields fields(*limits, limits->key + " of Kuma");
  const auto requests = read_value(fields, "maxRequests", whole_of);
  constexpr std::string_view no_breaker =
      "limits connections and is not a circuit breaker; tripcurve leaves it out";
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
    tell_of_unknown_hosts(draft, detection.key_at);
  }
  return draft;
}

std::string policy_name(const Node& map) {
  const auto* name = find_path(map, {"metadata", "name"});
  name = name == nullptr ? map.find("name") : name;
  return name != nullptr && name->is_scalar() ? name->text : "MeshCircuitBreaker";
}

// --- The old policy.

constexpr std::array old_taken{
    Taken{"interval", "interval", as_proto_duration},
    Taken{"baseEjectionTime", "base_ejection_time", as_proto_duration},
    Taken{"maxEjectionPercent", "max_ejection_percent", as_number},
    Taken{"splitExternalAndLocalErrors", "split_external_local_origin_errors", as_flag},
};
constexpr std::array deviation_taken{
    Taken{"minimumHosts", "success_rate_minimum_hosts", as_number},
    Taken{"requestVolume", "success_rate_request_volume", as_number},
    Taken{"factor", "success_rate_stdev_factor", as_thousandths},
};
constexpr std::array failure_taken{
    Taken{"minimumHosts", "failure_percentage_minimum_hosts", as_number},
    Taken{"requestVolume", "failure_percentage_request_volume", as_number},
    Taken{"threshold", "failure_percentage_threshold", as_number},
};

// One of its detectors, with the chances of Envoy that it switches on, and the one that it switches
// off where it is not there.
struct OldDetector {
  std::string_view name;
  std::span<const Taken> keys;
  std::string_view enforcing;
  std::string_view also = "";
};
constexpr std::array in_a_row_any{Taken{"consecutive", "consecutive_5xx", as_number}};
constexpr std::array in_a_row_gateway{
    Taken{"consecutive", "consecutive_gateway_failure", as_number}};
constexpr std::array in_a_row_local{
    Taken{"consecutive", "consecutive_local_origin_failure", as_number}};
constexpr std::array old_detectors{
    OldDetector{"totalErrors", in_a_row_any, "enforcing_consecutive_5xx"},
    OldDetector{"gatewayErrors", in_a_row_gateway, "enforcing_consecutive_gateway_failure"},
    OldDetector{"localErrors", in_a_row_local, "enforcing_consecutive_local_origin_failure"},
    OldDetector{"standardDeviation", deviation_taken, "enforcing_success_rate",
                "enforcing_local_origin_success_rate"},
    OldDetector{"failure", failure_taken, "enforcing_failure_percentage",
                "enforcing_failure_percentage_local_origin"},
};

std::optional<Error> take_old_detectors(Draft& draft, const Node& detectors) {
  Fields fields(detectors, "detectors of a CircuitBreaker of Kuma");
  for (const auto& one : old_detectors) {
    const auto* detector = fields.take(one.name);
    draft.set(one.enforcing, detector == nullptr ? "0" : "100", detectors.key_at);
    if (detector == nullptr) {
      continue;
    }
    Fields own(*detector, std::string(one.name));
    take(draft, own, one.keys);
    fields.refuse(own.error());
    if (!one.also.empty()) {
      draft.set(one.also, "100", detector->key_at);
    }
  }
  return fields.error();
}

Result<Draft> read_old_conf(const Node& conf) {
  Draft draft{.dialect = "envoy"};
  Fields fields(conf, "conf of a CircuitBreaker of Kuma");
  take(draft, fields, old_taken);
  fields.refuse(take_old_detectors(draft, *fields.take("detectors")));
  fields.refuse(take_kuma_limits(draft, fields.take("thresholds")));
  if (auto error = fields.error()) {
    return *error;
  }
  take_gateway_counts(draft, conf.key_at);
  tell_of_unknown_hosts(draft, conf.key_at);
  draft.warnings.push_back(
      {conf.key_at, "CircuitBreaker", "newer releases of Kuma have MeshCircuitBreaker instead"});
  return draft;
}

// The services of the destinations that it is for.
std::vector<std::string> old_destinations(const Node& policy) {
  std::vector<std::string> names;
  const auto* all = policy.find("destinations");
  for (const auto& one : all == nullptr ? std::span<const Node>{} : std::span(all->children)) {
    const auto* match = one.find("match");
    for (const auto* key : {"kuma.io/service", "service"}) {
      names.emplace_back(match == nullptr ? std::string_view{} : word_of(*match, key));
    }
  }
  std::erase(names, "");
  return names;
}

void find_old(const Node& map, std::vector<Found>& found) {
  const bool universal = word_of(map, "type") == "CircuitBreaker";
  const auto* policy = universal ? &map : map.find("spec");
  const auto* conf = policy == nullptr ? nullptr : policy->find("conf");
  const auto* detectors = conf == nullptr ? nullptr : conf->find("detectors");
  if ((universal || word_of(map, "kind") == "CircuitBreaker") && detectors != nullptr &&
      detectors->is_map()) {
    found.push_back({policy_name(map), conf->key_at, [conf] { return read_old_conf(*conf); },
                     old_destinations(*policy)});
  }
}

bool is_breaker(const Node& map) {
  return word_of(map, "kind") == "MeshCircuitBreaker" ||
         word_of(map, "type") == "MeshCircuitBreaker";
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
    find_old(*visit.map, found);
  }
  return found;
}

}  // namespace tripcurve::importer
