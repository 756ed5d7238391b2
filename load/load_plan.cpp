#include "load/load_plan.hpp"

namespace tripcurve::load {

client::Policies breaker_around_timeout(const LoadPlan& plan) {
  return {client::BreakerConfig{.rules = client::EndingRules(plan.breaker_counts)},
          client::TimeoutConfig{.after = plan.timeout}};
}

}  // namespace tripcurve::load
