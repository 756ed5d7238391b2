// Envoy: clusters with outlier_detection, anywhere in a bootstrap, a CDS answer or a config dump,
// in snake_case or lowerCamelCase; and the patch of an EnvoyFilter of Istio. Defaults are the
// dialect's; hosts are counted in load_assignment.
//
// Fields: envoy/config/cluster/v3/outlier_detection.proto, cluster.proto, circuit_breaker.proto.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <tuple>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/envoy_call.hpp"
#include "importer/formats/envoy_counts.hpp"
#include "importer/formats/envoy_routes.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// What protobuf takes for an integer: 50, and 50.0.
Result<std::string> as_uint32(const Node& node) {
  auto text = as_number(node);
  if (text) {
    const auto point = text->find('.');
    const bool whole = point != std::string::npos && point + 1 < text->size() &&
                       text->find_first_not_of('0', point + 1) == std::string::npos;
    return whole ? text->substr(0, point) : *text;
  }
  return text;
}

constexpr std::array envoy_taken{
    Taken{"consecutive_5xx", "consecutive_5xx", as_uint32},
    Taken{"consecutive_gateway_failure", "consecutive_gateway_failure", as_uint32},
    Taken{"interval", "interval", as_proto_duration},
    Taken{"base_ejection_time", "base_ejection_time", as_proto_duration},
    Taken{"max_ejection_time", "max_ejection_time", as_proto_duration},
    Taken{"max_ejection_time_jitter", "max_ejection_time_jitter", as_proto_duration},
    Taken{"max_ejection_percent", "max_ejection_percent", as_uint32},
    Taken{"always_eject_one_host", "always_eject_one_host", as_flag},
    Taken{"enforcing_consecutive_5xx", "enforcing_consecutive_5xx", as_uint32},
    Taken{"enforcing_consecutive_gateway_failure", "enforcing_consecutive_gateway_failure",
          as_uint32},
    Taken{"enforcing_success_rate", "enforcing_success_rate", as_uint32},
    Taken{"enforcing_failure_percentage", "enforcing_failure_percentage", as_uint32},
    Taken{"enforcing_failure_percentage_local_origin", "enforcing_failure_percentage_local_origin",
          as_uint32},
    Taken{"success_rate_minimum_hosts", "success_rate_minimum_hosts", as_uint32},
    Taken{"success_rate_request_volume", "success_rate_request_volume", as_uint32},
    Taken{"success_rate_stdev_factor", "success_rate_stdev_factor", as_uint32},
    Taken{"failure_percentage_threshold", "failure_percentage_threshold", as_uint32},
    Taken{"failure_percentage_minimum_hosts", "failure_percentage_minimum_hosts", as_uint32},
    Taken{"failure_percentage_request_volume", "failure_percentage_request_volume", as_uint32},
    Taken{"split_external_local_origin_errors", "split_external_local_origin_errors", as_flag},
    Taken{"consecutive_local_origin_failure", "consecutive_local_origin_failure", as_uint32},
    Taken{"enforcing_consecutive_local_origin_failure",
          "enforcing_consecutive_local_origin_failure", as_uint32},
    Taken{"enforcing_local_origin_success_rate", "enforcing_local_origin_success_rate", as_uint32},
    Taken{"successful_active_health_check_uneject_host",
          "successful_active_health_check_uneject_host", as_flag},
};
constexpr std::array envoy_ignored{
    Ignored{"monitors", "is an extension that tripcurve does not have"},
    Ignored{"detect_degraded_hosts", "marks hosts as degraded and does not eject any"},
};

// Envoy refuses a field that it does not have, so what is no typo is of a version after 1.40.
void tell_newer(Draft& draft, Fields& fields) {
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back(
        {node->key_at, node->key, "is not a field of Envoy 1.40, whose rules tripcurve follows"});
  }
}

std::size_t count_hosts(const Node& cluster) {
  std::size_t hosts = 0;
  if (const auto* localities = child_of(child_of(cluster, "load_assignment"), "endpoints")) {
    for (const auto& locality : localities->children) {
      const auto* endpoints = child_of(locality, "lb_endpoints");
      hosts += endpoints == nullptr ? 0 : endpoints->children.size();
    }
  }
  return hosts;
}

void take_hosts(Draft& draft, const Node& cluster) {
  const auto* type = child_of(cluster, "type");
  const auto hosts = count_hosts(cluster);
  const bool listed = type == nullptr || !type->is_scalar() || type->text == "STATIC";
  if (hosts > 0) {
    const auto& at = child_of(cluster, "load_assignment")->key_at;
    draft.set("hosts", std::to_string(hosts), at);
    if (!listed) {
      draft.warnings.push_back(
          {at, "hosts",
           fmt::format("a cluster of the type {} has as many hosts as its names resolve to; "
                       "tripcurve uses the {} that are in the file",
                       type->text, hosts)});
    }
  } else {
    tell_of_unknown_hosts(draft, cluster.at);
  }
}

// A number, or what wraps it: {value: 20}.
const Node* unwrapped(const Node* node) {
  const auto* value = child_of(node, "value");
  return value != nullptr ? value : node;
}

Result<client::Budget> read_retry_budget(const Node& written) {
  Fields fields(written, "retry_budget", Spelling::proto);
  const auto* share = unwrapped(fields.take("budget_percent"));
  const auto percent = share == nullptr ? Result<double>(20) : number_of(*share);
  const auto least = read_value(fields, "min_retry_concurrency", whole_of).value_or(3);
  if (!percent) {
    fields.refuse(percent.error());
  }
  if (auto error = fields.error()) {
    return *error;
  }
  return envoy_retry_budget(*percent, least);
}

bool has_key(const Node& node, std::string_view name) {
  return child_of(node, name) != nullptr ||
         std::ranges::any_of(node.children,
                             [&](const Node& child) { return has_key(child, name); });
}

// The limits of one priority; Envoy has defaults for those that it leaves out.
Result<EnvoyPool> read_threshold(Draft& draft, const Node& threshold) {
  constexpr std::uint64_t usual = 1024;
  constexpr std::uint64_t usual_retries = 3;
  Fields fields(threshold, "a threshold of circuit_breakers", Spelling::proto);
  (void)fields.take("priority");
  const auto limit = [&](const char* key, std::uint64_t otherwise) {
    return read_value(fields, key, whole_of).value_or(otherwise);
  };
  EnvoyPool pool{.at = threshold.at,
                 .connections = limit("max_connections", usual),
                 .pending = limit("max_pending_requests", usual),
                 .requests = limit("max_requests", usual),
                 .retries = envoy_max_retries(limit("max_retries", usual_retries))};
  if (const auto* budget = fields.take("retry_budget")) {
    auto read = read_retry_budget(*budget);
    if (!read) {
      return read.error();
    }
    pool.retries = *std::move(read);
  }
  constexpr std::array others{
      Ignored{"track_remaining", "only counts what is left of the limits"},
      Ignored{"max_connection_pools", "limits the number of pools, which tripcurve does not play"}};
  ignore(draft, fields, others);
  if (auto error = fields.error()) {
    return *error;
  }
  if (*pool.requests == 0 || *pool.connections == 0) {
    return threshold.at.error("a limit of 0 lets no request through", "write 1 or more");
  }
  return pool;
}

// The first entry of a priority wins; calls are of the default one.
bool is_default_priority(const Node& threshold) {
  const auto* priority = child_of(threshold, "priority");
  return priority == nullptr || priority->text == "DEFAULT" || priority->text == "0";
}

Result<std::optional<EnvoyPool>> read_limits(Draft& draft, const Node& cluster) {
  std::optional<EnvoyPool> pool;
  const auto* thresholds = child_of(child_of(cluster, "circuit_breakers"), "thresholds");
  for (const auto& threshold :
       thresholds == nullptr ? std::span<const Node>{} : std::span(thresholds->children)) {
    Draft of_others;
    const bool is_taken = !pool && is_default_priority(threshold);
    auto read = read_threshold(is_taken ? draft : of_others, threshold);
    if (!read) {
      return read.error();
    }
    if (is_taken) {
      pool = *std::move(read);
      pool->http2 = has_key(cluster, "http2_protocol_options");
    }
  }
  return pool;
}

std::optional<Error> set_from(Draft& draft, std::string_view setting, const Node* node,
                              Convert convert) {
  if (node == nullptr || node->kind == Node::Kind::null) {
    return std::nullopt;
  }
  auto value = convert(*node);
  if (!value) {
    return value.error();
  }
  draft.set(setting, *std::move(value), node->at);
  return std::nullopt;
}

// What the balancer makes of hosts that are out.
std::optional<Error> take_balancing(Draft& draft, const Node& cluster) {
  const auto* common = child_of(cluster, "common_lb_config");
  const auto* panic = child_of(common, "healthy_panic_threshold");
  if (panic != nullptr && panic->is_map()) {
    const auto* value = child_of(*panic, "value");
    if (value == nullptr) {
      draft.set("healthy_panic_threshold", "0", panic->key_at);
    }
    panic = value;
  }
  if (const auto* fails =
          child_of(child_of(common, "zone_aware_lb_config"), "fail_traffic_on_panic");
      fails != nullptr && fails->text == "true") {
    draft.warnings.push_back(
        {fails->key_at, fails->key,
         "in panic mode, this makes Envoy fail every call, but tripcurve sends the call to any of "
         "the hosts; with healthy_panic_threshold=0 calls fail only if no host is left"});
  }
  const auto* policy = child_of(child_of(cluster, "load_assignment"), "policy");
  for (const auto& [setting, node, convert] :
       {std::tuple{"healthy_panic_threshold", panic, &as_number},
        std::tuple{"update_merge_window", child_of(common, "update_merge_window"),
                   &as_proto_duration},
        std::tuple{"overprovisioning_factor", child_of(policy, "overprovisioning_factor"),
                   &as_uint32}}) {
    if (auto error = set_from(draft, setting, node, convert)) {
      return error;
    }
  }
  return std::nullopt;
}

Result<Draft> read_cluster(const Node& cluster, const EnvoyRoutes& routes) {
  Draft draft{.dialect = "envoy"};
  const auto* detection = child_of(cluster, "outlier_detection");
  Fields fields(*detection, "outlier_detection", Spelling::proto);
  take(draft, fields, envoy_taken);
  ignore(draft, fields, envoy_ignored);
  tell_newer(draft, fields);
  if (auto error = fields.error()) {
    return *error;
  }
  take_gateway_counts(draft, detection->key_at);
  if (auto error = take_balancing(draft, cluster)) {
    return *error;
  }
  take_hosts(draft, cluster);
  auto limits = read_limits(draft, cluster);
  if (!limits) {
    return limits.error();
  }
  EnvoyCall call{.pool = *std::move(limits)};
  if (auto error = take_envoy_route(draft, call, routes, word_of(cluster, "name"))) {
    return *error;
  }
  if (auto error = take_envoy_call(draft, call, detection->key_at)) {
    return *error;
  }
  return draft;
}

// The EnvoyFilter of Istio whose patch a map is, or null.
const Node* filter_around(const Visit& visit) {
  for (const auto* at = visit.around; at != nullptr; at = at->around) {
    if (word_of(*at->map, "kind") == "EnvoyFilter") {
      return at->map;
    }
  }
  return nullptr;
}

Result<Draft> read_patch(const Node& value) {
  auto read = read_cluster(value, {});
  if (!read) {
    return read;
  }
  Draft draft = *std::move(read);
  draft.warnings.push_back({value.key_at, "patch",
                            "is merged into the cluster that Istio makes, which this file does not "
                            "show; Envoy's defaults are used for what it leaves out"});
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_envoy(const document::Documents& documents) {
  std::vector<Found> found;
  const auto routes = std::make_shared<const EnvoyRoutes>(envoy_routes(documents));
  for (const auto& visit : all_maps(documents)) {
    const auto* detection = child_of(*visit.map, "outlier_detection");
    if (detection == nullptr) {
      continue;
    }
    const auto* name = visit.map->find("name");
    if (detection->find("consecutiveErrors") != nullptr) {
      continue;  // of Google Cloud, or of another program with Envoy's words
    }
    if (name != nullptr && name->is_scalar()) {
      found.push_back({name->text, name->at,
                       [map = visit.map, routes] { return read_cluster(*map, *routes); }});
    } else if (const auto* filter = filter_around(visit);
               filter != nullptr && visit.map->key == "value") {
      found.push_back({resource_name(*filter), detection->key_at,
                       [map = visit.map] { return read_patch(*map); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
