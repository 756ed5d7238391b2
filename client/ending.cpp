#include "client/ending.hpp"

#include "core/ensure.hpp"

namespace tripcurve::client {

EndingRules EndingRules::with(const OutcomeChanges& changes) const {
  auto rules = *this;
  rules.wire_ = wire_.with(changes);
  return rules;
}

EndingRules EndingRules::with(Ending::Kind kind, Outcome outcome) const {
  ENSURE(kind != Ending::Kind::wire && kind != Ending::Kind::fallback);
  auto rules = *this;
  rules.others_[static_cast<std::size_t>(kind)] = outcome;
  return rules;
}

}  // namespace tripcurve::client
