// The routes of Istio's VirtualServices to the host of a DestinationRule: their timeout and
// retries.
//
// The translation: istio pilot/pkg/networking/core/route/retry/retry.go. Without `retries`, a route
// tries twice more, on failed connections; since 1.24 no longer after a 503.
#pragma once

#include <string_view>
#include <vector>

#include "document/read.hpp"
#include "importer/formats/envoy_call.hpp"

namespace tripcurve::importer {

struct IstioRoute {
  const Node* http = nullptr;         // of spec.http: has timeout and retries
  const Node* destination = nullptr;  // host and subset
};

// All of a file, in their order.
[[nodiscard]] std::vector<IstioRoute> istio_routes(const document::Documents& documents);

// The first that leads to the host and to that part of it, "/v1" of a subset, or null.
[[nodiscard]] const IstioRoute* route_to(const std::vector<IstioRoute>& routes,
                                         std::string_view host, std::string_view part);

// Where no route of the file leads to the host.
void tell_of_default_retries(Draft& draft, const Place& at);

[[nodiscard]] std::optional<Error> take_istio_route(Draft& draft, EnvoyCall& call,
                                                    const IstioRoute& route);

}  // namespace tripcurve::importer
