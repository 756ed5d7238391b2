// Services between the callers and the upstream: who calls whom, how many calls each works on at
// once, and by which clients they call each other.
//
// The load calls the first service, and what it calls in the end is the experiment's upstream, with
// its faults. A value; who makes one sees to it that every index is right and that nobody calls
// himself, not even in a roundabout way (experiment/read_topology.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "client/config.hpp"
#include "client/registry.hpp"
#include "core/outcome_rules.hpp"
#include "core/time.hpp"
#include "faults/latency.hpp"

namespace tripcurve::topology {

// What the experiment's upstream is called among services, and where it stands.
inline constexpr std::string_view upstream_name = "upstream";
inline constexpr std::uint32_t upstream = ~std::uint32_t{0};

// A dependency of a service, and the client by which it is called.
struct Link {
  std::uint32_t to = upstream;                     // index into Topology::services
  std::optional<Duration> timeout{};               // of one attempt; none: it waits for ever
  breaker::Choice breaker{};                       // "none" where nobody asks for one
  std::vector<client::PolicyChoice> policies{};    // the outermost first; see client::policies_of()
  std::optional<OutcomeChanges> breaker_counts{};  // in place of what the dialect counts
  friend bool operator==(const Link&, const Link&) = default;
};

// A call that a service makes to answer one.
struct Call {
  std::uint32_t link = 0;  // index into Service::links
  bool optional = false;   // the answer is good without it, too
  friend bool operator==(const Call&, const Call&) = default;
};

// What a service does for a call: its own work, then its calls.
struct Route {
  enum class Order : std::uint8_t { in_turn, parallel };
  enum class Needs : std::uint8_t {
    all,  // each call that is not optional has to end well
    any,  // one does; in turn, the next is made only if the one before has failed
  };

  std::string path{};  // of the calls that it answers; empty: all
  faults::Latency work{};
  std::vector<Call> calls{};  // none twice to one service
  Order order = Order::in_turn;
  Needs needs = Needs::all;
  friend bool operator==(const Route&, const Route&) = default;
};

struct Service {
  std::string name;
  std::optional<std::uint32_t> workers{};  // calls that it works on at once; none: no limit
  std::optional<std::uint32_t> queue{};    // calls that may wait for a worker; none: no limit
  std::vector<Link> links{};               // no two to one service
  std::vector<Route> routes{};             // the first that fits a path; at least one
  friend bool operator==(const Service&, const Service&) = default;
};

struct Topology {
  std::vector<Service> services{};  // the first is the one that the load calls

  [[nodiscard]] bool empty() const { return services.empty(); }
  // Of a service or the upstream.
  [[nodiscard]] std::string_view name(std::uint32_t service) const {
    return service == upstream ? upstream_name : std::string_view(services[service].name);
  }
  friend bool operator==(const Topology&, const Topology&) = default;
};

// The route of a service for a path; null if it has none.
[[nodiscard]] const Route* route_of(const Service& service, std::string_view path);

// How many connections are open at once at the most, those to the first service and to the upstream
// included, while `calls` of the load are under way: idle ones count, too, and each service is
// taken to be called as often as may be. Not counted is what services go on with for callers that
// have gone.
[[nodiscard]] std::uint64_t connections(const Topology& topology, std::uint64_t calls);

// The policies of a link's client.
[[nodiscard]] client::Policies policies_of(const Link& link);

}  // namespace tripcurve::topology
