#include "importer/formats/envoy_routes.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr Duration usual_route_timeout = std::chrono::seconds(15);

Result<Duration> proto_duration_of(const Node& node) {
  const auto text = as_proto_duration(node);
  return text ? parse_duration(*text) : Result<Duration>(text.error());
}

constexpr std::array chooses_hosts{
    Ignored{"retry_host_predicate", "chooses the host of a retry"},
    Ignored{"host_selection_retry_max_attempts", "chooses the host of a retry"},
    Ignored{"retry_priority", "chooses the host of a retry"},
    Ignored{"retry_options_predicates", "changes requests that are tried again"},
    Ignored{"retriable_headers", "is about headers of answers, which tripcurve does not have"},
    Ignored{"retriable_request_headers", "is about headers of requests"},
    Ignored{"rate_limited_retry_back_off",
            "waits as headers of answers say, which tripcurve does not have"},
    Ignored{"per_try_idle_timeout", "is about answers that come in pieces"},
};

void take_back_off(EnvoyRetry& retry, Fields& policy) {
  const auto* written = policy.take("retry_back_off");
  if (written == nullptr) {
    return;
  }
  Fields fields(*written, "retry_back_off", Spelling::proto);
  retry.base_interval =
      read_value(fields, "base_interval", proto_duration_of).value_or(retry.base_interval);
  retry.max_interval = read_value(fields, "max_interval", proto_duration_of);
  policy.refuse(fields.error());
}

Result<EnvoyRetry> read_retry_policy(Draft& draft, const Node& written) {
  Fields fields(written, "retry_policy", Spelling::proto);
  EnvoyRetry retry{.at = written.key_at, .on = fields.text("retry_on").value_or("")};
  retry.retries = read_value(fields, "num_retries", whole_of).value_or(1);
  retry.per_try_timeout = read_value(fields, "per_try_timeout", proto_duration_of);
  if (const auto* statuses = fields.take("retriable_status_codes")) {
    for (const auto& status : statuses->children) {
      const auto code = whole_of(status);
      if (!code) {
        fields.refuse(code.error());
      } else if (*code < least_status || *code > most_status) {
        fields.refuse(status.at.error(quoted(status.text) + " is not a status",
                                      "a status is a number such as 503"));
      } else {
        retry.statuses.push_back(*code);
      }
    }
  }
  take_back_off(retry, fields);
  ignore(draft, fields, chooses_hosts);
  if (auto error = fields.error()) {
    return *error;
  }
  return retry;
}

// The retry policy of a route or of what is around it.
const Node* retry_policy_around(const Visit& route) {
  for (const auto* at = &route; at != nullptr; at = at->around) {
    if (const auto* policy = child_of(*at->map, "retry_policy")) {
      return policy;
    }
  }
  return nullptr;
}

}  // namespace

const Node* child_of(const Node& map, std::string_view name) {
  const auto found = std::ranges::find_if(map.children, [&](const Node& child) {
    return document::folded(child.key, Spelling::proto) == document::folded(name, Spelling::proto);
  });
  return !map.is_map() || found == map.children.end() ? nullptr : &*found;
}

const Node* child_of(const Node* map, std::string_view name) {
  return map == nullptr ? nullptr : child_of(*map, name);
}

EnvoyRoutes envoy_routes(const document::Documents& documents) {
  EnvoyRoutes routes;
  for (const auto& visit : all_maps(documents)) {
    if (visit.map->key == "route" && child_of(*visit.map, "cluster") != nullptr) {
      routes.push_back({visit.map, retry_policy_around(visit)});
    }
  }
  return routes;
}

std::optional<Error> take_envoy_route(Draft& draft, EnvoyCall& call, const EnvoyRoutes& routes,
                                      std::string_view cluster) {
  const auto leads_there = [&](const EnvoyRoute& route) {
    return !cluster.empty() && child_of(*route.action, "cluster")->text == cluster;
  };
  const auto route = std::ranges::find_if(routes, leads_there);
  if (route == routes.end()) {
    return std::nullopt;
  }
  if (std::ranges::count_if(routes, leads_there) > 1) {
    draft.warnings.push_back({route->action->key_at, "route",
                              "is the first of several routes to the cluster; tripcurve plays its "
                              "timeout and retries"});
  }
  const auto* timeout = child_of(*route->action, "timeout");
  const auto length =
      timeout == nullptr ? Result<Duration>(usual_route_timeout) : proto_duration_of(*timeout);
  if (!length) {
    return length.error();
  }
  if (*length > Duration::zero()) {  // 0 is none
    call.timeout = Timeout{timeout == nullptr ? route->action->key_at : timeout->at, *length};
  }
  if (route->retry == nullptr) {
    return std::nullopt;
  }
  auto retry = read_retry_policy(draft, *route->retry);
  if (!retry) {
    return retry.error();
  }
  call.retry = *std::move(retry);
  if (!call.pool) {
    constexpr std::uint64_t usual_retries = 3;  // of a cluster without thresholds
    call.pool = EnvoyPool{.retries = envoy_max_retries(usual_retries)};
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
