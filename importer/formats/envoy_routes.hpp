// The routes of an Envoy configuration that lead to a cluster: their timeout and retry policy.
#pragma once

#include <string_view>
#include <vector>

#include "document/read.hpp"
#include "importer/formats/envoy_call.hpp"

namespace tripcurve::importer {

// The child of a map by either spelling of its name, as protobuf's JSON has it; or null.
[[nodiscard]] const Node* child_of(const Node& map, std::string_view name);
[[nodiscard]] const Node* child_of(const Node* map, std::string_view name);

struct EnvoyRoute {
  const Node* action = nullptr;  // `route` of a route: cluster, timeout and maybe retry_policy
  const Node* retry = nullptr;   // its own retry_policy, or that of its virtual host, or null
};
using EnvoyRoutes = std::vector<EnvoyRoute>;

// All of a file, in their order.
[[nodiscard]] EnvoyRoutes envoy_routes(const document::Documents& documents);

// What the first route to the cluster does; without one, nothing. A route without a timeout has 15
// seconds.
[[nodiscard]] std::optional<Error> take_envoy_route(Draft& draft, EnvoyCall& call,
                                                    const EnvoyRoutes& routes,
                                                    std::string_view cluster);

}  // namespace tripcurve::importer
