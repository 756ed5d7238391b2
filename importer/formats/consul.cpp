// Consul's service mesh: the passive health check of upstreams in a service-defaults entry (JSON,
// or a ServiceDefaults of Kubernetes) or in the upstreams of a proxy's registration. It is Envoy.
//
// The translation: consul agent/xds/config/config.go, ToOutlierDetection, which hands on a count of
// 0 and an interval of 0 not at all, nor EnforcingConsecutive5xx of 0 of an ingress gateway; and
// agent/xds/clusters.go, which turns panic off for upstreams. Times are Go's time.Duration
// (agent/structs/config_entry.go), for which a bare number is nanoseconds.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// A time.Duration in JSON: 30s, or a number of nanoseconds, as consul config read prints it.
Result<std::string> as_consul_duration(const Node& node) {
  const auto text = as_text(node);
  if (!text || node.quoted || !all_digits(trim(*text))) {
    return as_go_duration(node);
  }
  const auto length = parse_duration(fmt::format("{}ns", trim(*text)));
  return length ? Result<std::string>(format_duration(*length)) : length.error().in(node.at.text());
}

constexpr std::array consul_taken{
    Taken{"MaxFailures", "consecutive_5xx", as_number},
    Taken{"EnforcingConsecutive5xx", "enforcing_consecutive_5xx", as_number},
    Taken{"MaxEjectionPercent", "max_ejection_percent", as_number},
    Taken{"BaseEjectionTime", "base_ejection_time", as_consul_duration},
    Taken{"Interval", "interval", as_consul_duration},
};

// Whom a check is for.
enum class Side : std::uint8_t { upstream, ingress };

// What is 0 is not handed to Envoy.
void leave_out_zeros(Draft& draft, Side side) {
  const auto is_zero = [&](const DraftSetting& setting) {
    return setting.key == "interval"
               ? setting.value == format_duration(Duration::zero())
               : setting.value == "0" &&
                     (setting.key == "consecutive_5xx" ||
                      (side == Side::ingress && setting.key == "enforcing_consecutive_5xx"));
  };
  std::erase_if(draft.settings, [&](const DraftSetting& setting) {
    if (is_zero(setting)) {
      const auto one = std::ranges::find(consul_taken, setting.key, &Taken::setting);
      draft.ignored.push_back({setting.at, std::string(one->key),
                               "0 is not passed on to Envoy, so Envoy's default applies"});
      return true;
    }
    return false;
  });
}

constexpr std::string_view consul_limit =
    "limits connections and is not a circuit breaker; tripcurve leaves it out";
constexpr std::array limits_ignored{Ignored{"MaxConnections", consul_limit},
                                    Ignored{"MaxPendingRequests", consul_limit}};

// Limits beside the check.
std::optional<Error> take_consul_limits(Draft& draft, const Node* limits) {
  if (limits == nullptr || !limits->is_map()) {
    return std::nullopt;
  }
  Fields fields(*limits, "Limits of Consul", Spelling::relaxed);
  if (const auto requests = read_value(fields, "MaxConcurrentRequests", whole_of)) {
    draft.bulkhead = Bulkhead{limits->key_at, *requests, 0};
  }
  ignore(draft, fields, limits_ignored);
  return fields.error();
}

// Either spelling: PassiveHealthCheck of JSON and passiveHealthCheck of Kubernetes, and the
// passive_health_check of a registration.
const Node* consul_child_of(const Node& map, std::string_view key) {
  const auto found = std::ranges::find_if(map.children, [&](const Node& child) {
    return document::folded(child.key, Spelling::relaxed) ==
           document::folded(key, Spelling::relaxed);
  });
  return !map.is_map() || found == map.children.end() ? nullptr : &*found;
}

// `base` is what an ingress gateway's defaults say, or null.
Result<Draft> read_check(const Node& check, const Node* limits, Side side, const Node* base) {
  Draft draft{.dialect = "envoy"};
  Fields fields(check, "a passive health check of Consul", Spelling::relaxed);
  take(draft, fields, consul_taken);
  fields.refuse(take_consul_limits(draft, limits));
  if (auto error = fields.error()) {
    return *error;
  }
  leave_out_zeros(draft, side);
  if (base != nullptr && base != &check) {
    Fields defaults(*base, "a passive health check of Consul", Spelling::relaxed);
    take(draft, defaults, consul_taken);
    if (auto error = defaults.error()) {
      return *error;
    }
    leave_out_zeros(draft, side);
  }
  draft.set("healthy_panic_threshold", "0", check.key_at);
  take_gateway_counts(draft, check.key_at);
  tell_of_unknown_hosts(draft, check.key_at);
  return draft;
}

std::string consul_text_of(const Node& map, std::string_view key) {
  const auto* node = consul_child_of(map, key);
  return node != nullptr && node->is_scalar() ? node->text : "";
}

// The upstream that a check is for: of an override or a registration by its name; Defaults are for
// all upstreams of the service.
std::string upstream_of(const Visit& visit) {
  for (const auto* at = &visit; at != nullptr; at = at->around) {
    for (const auto* key : {"DestinationName", "Name"}) {
      if (auto name = consul_text_of(*at->map, key); !name.empty() && at->map->key != "metadata") {
        return name;
      }
    }
    if (same_word(at->map->key, "Defaults")) {
      return "Defaults";
    }
  }
  return path_of(visit);
}

const Visit& outermost(const Visit& visit) {
  const auto* at = &visit;
  while (at->around != nullptr) {
    at = at->around;
  }
  return *at;
}

bool is_ingress(const Visit& visit) {
  const auto kind = consul_text_of(*outermost(visit).map, "Kind");
  return same_word(kind, "ingress-gateway") || same_word(kind, "IngressGateway");
}

// Traefik has a passiveHealthCheck of its own beside servers, and schemas speak of Consul's.
bool is_consul(const Visit& visit, const Node& check) {
  const auto has_any = [](const Node& map, std::initializer_list<std::string_view> keys) {
    return std::ranges::any_of(keys, [&](auto key) { return map.find(key) != nullptr; });
  };
  return !has_any(check, {"properties", "$ref", "failureWindow", "maxFailedAttempts"}) &&
         !has_any(*visit.map, {"servers", "services"});
}

}  // namespace

Result<std::vector<Found>> find_consul(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* check = consul_child_of(*visit.map, "PassiveHealthCheck");
    if (check == nullptr || !check->is_map() || !is_consul(visit, *check)) {
      continue;
    }
    const Node* base = nullptr;
    const auto side = is_ingress(visit) ? Side::ingress : Side::upstream;
    if (const auto* entry = outermost(visit).map; side == Side::ingress) {
      const auto* spec = consul_child_of(*entry, "spec");
      const auto* defaults = consul_child_of(spec == nullptr ? *entry : *spec, "Defaults");
      base = defaults == nullptr ? nullptr : consul_child_of(*defaults, "PassiveHealthCheck");
    }
    found.push_back({upstream_of(visit), check->key_at,
                     [check, limits = consul_child_of(*visit.map, "Limits"), side, base] {
                       return read_check(*check, limits, side, base);
                     }});
  }
  return found;
}

}  // namespace tripcurve::importer
