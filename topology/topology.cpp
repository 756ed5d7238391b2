#include "topology/topology.hpp"

#include <algorithm>

#include "core/call_end.hpp"

namespace tripcurve::topology {

const Route* route_of(const Service& service, std::string_view path) {
  const auto found = std::ranges::find_if(
      service.routes, [&](const Route& route) { return route.path.empty() || route.path == path; });
  return found == service.routes.end() ? nullptr : &*found;
}

client::Policies policies_of(const Link& link) {
  // Longer than anything lasts: it marks the timeouts to which nobody gave a length.
  constexpr Duration unsaid = Duration::max();
  const auto rules = link.breaker_counts ? OutcomeRules().with(*link.breaker_counts)
                                         : breaker::usual_rules(link.breaker.dialect());
  auto policies = client::policies_of(
      link.policies, {.breaker = {.choice = link.breaker, .rules = client::EndingRules(rules)},
                      .timeout = link.timeout.value_or(unsaid),
                      .caller = OutcomeRules()});
  std::erase_if(policies, [unsaid](const client::PolicyConfig& policy) {
    const auto* timeout = std::get_if<client::TimeoutConfig>(&policy);
    return timeout != nullptr && timeout->after == unsaid;
  });
  return policies;
}

}  // namespace tripcurve::topology
