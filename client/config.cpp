#include "client/config.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace tripcurve::client {
namespace {

// One function for each kind of policy.
struct Maker {
  const std::function<Breakers&(const BreakerConfig&)>& keeper;
  const CallFacts& facts;
  const Random& random;
  std::size_t place;  // among the policies
  bool may_try_again_inside = false;
  std::optional<Duration> gives_up_after{};  // a breaker: of the timeout directly inside of it

  using Made = std::unique_ptr<Policy>;
  Made operator()(const TimeoutConfig& config) const { return std::make_unique<Timeout>(config); }
  Made operator()(const RetryConfig& config) const {
    return std::make_unique<Retry>(config, facts);
  }
  Made operator()(const HedgingConfig& config) const {
    return std::make_unique<Hedging>(config, facts.instances);
  }
  Made operator()(const BulkheadConfig& config) const {
    return std::make_unique<Bulkhead>(config, facts.instances);
  }
  Made operator()(const BreakerConfig& config) const {
    return std::make_unique<Breaker>(keeper(config), config.rules,
                                     Breaker::Hears{.of_cancelled = config.hears_of_cancelled,
                                                    .judges = config.judges,
                                                    .head_is_last = !may_try_again_inside},
                                     gives_up_after);
  }
  Made operator()(const FallbackConfig& config) const { return make_fallback(config, facts); }
  Made operator()(const AdaptiveConfig& config) const {
    return std::make_unique<Adaptive>(config, facts.instances, [this](std::uint32_t instance) {
      return [own = random.fork(facts.instances.number(instance)).fork(place)]() mutable {
        return own.unit();
      };
    });
  }
};

struct Remembers {
  bool operator()(const TimeoutConfig& /*config*/) const { return false; }
  bool operator()(const RetryConfig& config) const {
    return config.budget.kind != Budget::Kind::none;
  }
  bool operator()(const HedgingConfig& config) const { return config.quantile.has_value(); }
  bool operator()(const BulkheadConfig& /*config*/) const { return true; }
  bool operator()(const BreakerConfig& /*config*/) const { return false; }
  bool operator()(const FallbackConfig& config) const {
    return !std::holds_alternative<StaticAnswer>(config.answer);
  }
  bool operator()(const AdaptiveConfig& /*config*/) const { return true; }
};

// It may let a call in several times.
bool tries_again(const PolicyConfig& policy) {
  return std::holds_alternative<RetryConfig>(policy) ||
         std::holds_alternative<HedgingConfig>(policy) ||
         std::holds_alternative<FallbackConfig>(policy);
}

// How long a timeout lets what is inside of it take, if that is all there is to it: it gives it up
// then, whether it has its connection or not.
std::optional<Duration> simple_timeout(const PolicyConfig& policy) {
  const auto* config = std::get_if<TimeoutConfig>(&policy);
  const bool is_simple = config != nullptr && config->cancels && !config->connect;
  return is_simple ? std::optional(config->after) : std::nullopt;
}

}  // namespace

bool remembers(const PolicyConfig& policy) { return std::visit(Remembers(), policy); }

BreakerConfig with_cancelled(BreakerConfig breaker, breaker::OnCancel counts_as) {
  breaker.hears_of_cancelled = counts_as != breaker::OnCancel::nothing;
  breaker.rules = breaker.rules.with_cancelled(
      breaker.hears_of_cancelled ? static_cast<Outcome>(counts_as) : Outcome::ignored);
  return breaker;
}

BreakerConfig breaker_of(const breaker::Choice& choice, const OutcomeRules& counts) {
  return with_cancelled({.choice = choice, .rules = EndingRules(counts)},
                        choice.dialect().on_cancel);
}

breaker::OnCancel on_cancel(const BreakerConfig& breaker) {
  return breaker.hears_of_cancelled ? static_cast<breaker::OnCancel>(breaker.rules.of_cancelled())
                                    : breaker::OnCancel::nothing;
}

std::optional<PlainClient> plain_client(const Policies& policies) {
  const auto* breaker = policies.empty() ? nullptr : std::get_if<BreakerConfig>(&policies.front());
  if (breaker == nullptr || policies.size() > 2 || breaker->judges == Judges::head) {
    return std::nullopt;
  }
  PlainClient plain{.rules = breaker->rules.wire()};
  if (policies.size() == 2) {
    plain.gives_up_after = simple_timeout(policies.back());
    if (!plain.gives_up_after) {
      return std::nullopt;
    }
  }
  return plain;
}

std::vector<std::unique_ptr<Policy>> make_policies(
    const Policies& policies, const std::function<Breakers&(const BreakerConfig&)>& keeper,
    const CallFacts& facts, const Random& random) {
  std::vector<std::unique_ptr<Policy>> made;
  made.reserve(policies.size());
  for (std::size_t place = 0; place < policies.size(); ++place) {
    const auto inside = std::span(policies).subspan(place + 1);
    Maker maker{keeper, facts, random, place, std::ranges::any_of(inside, tries_again)};
    const auto& policy = policies[place];
    if (std::holds_alternative<BreakerConfig>(policy) && !inside.empty()) {
      maker.gives_up_after = simple_timeout(inside.front());
    }
    made.push_back(std::visit(maker, policy));
    place += maker.gives_up_after ? 1U : 0U;  // it is made, too
  }
  return made;
}

}  // namespace tripcurve::client
