// What Envoy makes of a call around the outlier detection of its cluster: the timeout and the
// retries of the route, and the limits of the cluster's connections.
//
// Sources, of 2024 and later: retry_state_impl.cc (which ends each word of retry_on retries, that
// an overflow never is, waits of 25 ms and ten times that), backoff_strategy.cc (a wait is evenly
// one of the whole milliseconds below an interval that doubles), conn_pool_base.cc (a request
// without a connection is pending; one that gets its connection beyond max_requests is an
// overflow), route_components.proto and circuit_breaker.proto (defaults), and issue 25487: an
// overflow is none of the host's failures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/budget.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

struct EnvoyRetry {
  Place at{};
  std::string on{};                       // "5xx,reset"
  std::vector<std::uint64_t> statuses{};  // of retriable-status-codes
  std::uint64_t retries = 1;              // after the first attempt
  std::optional<Duration> per_try_timeout{};
  Duration base_interval = std::chrono::milliseconds(25);
  std::optional<Duration> max_interval{};  // without it, ten times the base
  bool tells_words = true;  // of `on` that are not played; the default's are not told
};

// The limits of a cluster; what is left out has none.
struct EnvoyPool {
  Place at{};
  std::optional<std::uint64_t> connections{};
  std::optional<std::uint64_t> pending{};
  std::optional<std::uint64_t> requests{};
  client::Budget retries{};
  bool http2 = false;  // many requests share a connection
};

struct EnvoyCall {
  std::optional<Timeout> timeout{};  // of the route: of all attempts and waits together
  std::optional<EnvoyRetry> retry{};
  std::optional<EnvoyPool> pool{};
};

// So many retries at once (max_retries), or a share of the calls under way (retry_budget).
[[nodiscard]] client::Budget envoy_max_retries(std::uint64_t most);
[[nodiscard]] client::Budget envoy_retry_budget(double percent, std::uint64_t least);

// Makes the draft's policies of it, and says what of it is not played. `otherwise` is where the
// breaker stands.
[[nodiscard]] std::optional<Error> take_envoy_call(Draft& draft, const EnvoyCall& call,
                                                   const Place& otherwise);

}  // namespace tripcurve::importer
