#include "client/config.hpp"

namespace tripcurve::client {
namespace {

// One function for each kind of policy.
struct Maker {
  const std::function<Breakers&(const BreakerConfig&)>& keeper;
  const Retry::Draw& draw;

  using Made = std::unique_ptr<Policy>;
  Made operator()(const TimeoutConfig& config) const { return std::make_unique<Timeout>(config); }
  Made operator()(const RetryConfig& config) const { return std::make_unique<Retry>(config, draw); }
  Made operator()(const HedgingConfig& config) const { return std::make_unique<Hedging>(config); }
  Made operator()(const BulkheadConfig& config) const { return std::make_unique<Bulkhead>(config); }
  Made operator()(const BreakerConfig& config) const {
    return std::make_unique<Breaker>(keeper(config), config.rules);
  }
  Made operator()(const FallbackConfig& config) const { return std::make_unique<Fallback>(config); }
};

}  // namespace

std::vector<std::unique_ptr<Policy>> make_policies(
    const Policies& policies, const std::function<Breakers&(const BreakerConfig&)>& keeper,
    const Retry::Draw& draw) {
  std::vector<std::unique_ptr<Policy>> made;
  made.reserve(policies.size());
  for (const auto& policy : policies) {
    made.push_back(std::visit(Maker{keeper, draw}, policy));
  }
  return made;
}

}  // namespace tripcurve::client
