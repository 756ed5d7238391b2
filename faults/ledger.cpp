#include "faults/ledger.hpp"

#include <cstddef>

#include "core/ensure.hpp"

namespace tripcurve::faults {

Ledger::Ledger(const Plan& plan) : phases_(plan.phases().size()) {
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    for (const auto& kind : plan.kinds(i)) {
      phases_[i].injected.emplace_back(kind, 0);
    }
  }
}

void Ledger::merge(const Ledger& other) {
  ENSURE(phases_.size() == other.phases_.size());
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    auto& phase = phases_[i];
    const auto& more = other.phases_[i];
    ENSURE(phase.injected.size() == more.injected.size());
    phase.arrived += more.arrived;
    phase.arrived_while_open += more.arrived_while_open;
    phase.arrived_after_opening += more.arrived_after_opening;
    phase.served += more.served;
    for (std::size_t k = 0; k < phase.injected.size(); ++k) {
      ENSURE(phase.injected[k].first == more.injected[k].first);
      phase.injected[k].second += more.injected[k].second;
    }
  }
}

}  // namespace tripcurve::faults
