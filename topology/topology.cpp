#include "topology/topology.hpp"

#include <algorithm>
#include <ranges>
#include <variant>

#include "core/call_end.hpp"

namespace tripcurve::topology {

const Route* route_of(const Service& service, std::string_view path) {
  const auto found = std::ranges::find_if(
      service.routes, [&](const Route& route) { return route.path.empty() || route.path == path; });
  return found == service.routes.end() ? nullptr : &*found;
}

namespace {

// More than there are files for, and far from where sums overflow.
constexpr std::uint64_t many = 1'000'000'000;

// How many requests a client may have under way for one call.
std::uint64_t requests_at_once(const Link& link) {
  std::uint64_t requests = 1;
  for (const auto& policy : policies_of(link)) {
    if (const auto* hedging = std::get_if<client::HedgingConfig>(&policy)) {
      requests = std::min(many, requests * (hedging->most + std::uint64_t{1}));
    }
  }
  return requests;
}

// Services behind those that call them; `found` has those that were seen.
void add_in_order(const Topology& topology, std::uint32_t service, std::vector<bool>& found,
                  std::vector<std::uint32_t>& last_first) {
  if (service == upstream || found[service]) {
    return;
  }
  found[service] = true;
  for (const auto& link : topology.services[service].links) {
    add_in_order(topology, link.to, found, last_first);
  }
  last_first.push_back(service);
}

}  // namespace

std::uint64_t connections(const Topology& topology, std::uint64_t calls) {
  auto sum = std::min(calls, many);
  if (topology.empty()) {
    return sum;
  }
  std::vector<bool> found(topology.services.size());
  std::vector<std::uint32_t> last_first;
  add_in_order(topology, 0, found, last_first);
  std::vector<std::uint64_t> asked(topology.services.size());
  asked[0] = sum;
  for (const auto index : std::views::reverse(last_first)) {
    const auto& service = topology.services[index];
    const auto working = std::min<std::uint64_t>(asked[index], service.workers.value_or(many));
    for (const auto& link : service.links) {
      const auto requests = std::min(many, working * requests_at_once(link));
      sum = std::min(many, sum + requests);
      if (link.to != upstream) {
        asked[link.to] = std::min(many, asked[link.to] + requests);
      }
    }
  }
  return sum;
}

client::Policies policies_of(const Link& link) {
  // Longer than anything lasts: it marks the timeouts to which nobody gave a length.
  constexpr Duration unsaid = Duration::max();
  const auto rules = link.breaker_counts ? OutcomeRules().with(*link.breaker_counts)
                                         : breaker::usual_rules(link.breaker.dialect());
  auto policies =
      client::policies_of(link.policies, {.breaker = client::breaker_of(link.breaker, rules),
                                          .timeout = link.timeout.value_or(unsaid),
                                          .caller = OutcomeRules()});
  std::erase_if(policies, [unsaid](const client::PolicyConfig& policy) {
    const auto* timeout = std::get_if<client::TimeoutConfig>(&policy);
    return timeout != nullptr && timeout->after == unsaid;
  });
  return policies;
}

}  // namespace tripcurve::topology
