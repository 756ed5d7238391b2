#include "faults/ledger.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>

#include "core/ensure.hpp"

namespace tripcurve::faults {

Ledger::Ledger(const Plan& plan) : phases_(plan.phases().size()) {
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    for (const auto& kind : plan.kinds(i)) {
      phases_[i].injected.emplace_back(kind, 0);
    }
    phases_[i].came.resize(plan.places());
    phases_[i].drawn.resize(plan.places());
    planned_.push_back(plan.kinds(i).size());
  }
}

namespace {

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;

std::uint64_t& count_of(Counts& counts, const std::string& kind) {
  const auto found = std::ranges::find(counts, kind, &Counts::value_type::first);
  return (found == counts.end() ? counts.emplace_back(kind, 0) : *found).second;
}

void add(Counts& sum, const Counts& more) {
  for (const auto& [kind, count] : more) {
    count_of(sum, kind) += count;
  }
}

void subtract(Counts& sum, const Counts& less) {
  for (const auto& [kind, count] : less) {
    count_of(sum, kind) -= count;
  }
}

void add(std::vector<std::uint64_t>& sum, const std::vector<std::uint64_t>& more) {
  std::ranges::transform(sum, more, sum.begin(), std::plus{});
}

void subtract(std::vector<std::uint64_t>& sum, const std::vector<std::uint64_t>& less) {
  std::ranges::transform(sum, less, sum.begin(), std::minus{});
}

}  // namespace

void Ledger::note_by_hand(PhaseLedger& phase, const std::string& kind) {
  ++count_of(phase.injected, kind);
  ++count_of(phase.by_hand, kind);
}

void Ledger::spare(const Treatment& action, Passage passage) {
  if (passage == Passage::stranger) {
    return;
  }
  auto& phase = phases_[action.phase];
  const auto kind = action.kind();
  --count_of(phase.injected, kind);
  if (action.item == Decision::unplanned) {
    --count_of(phase.by_hand, kind);
  }
  ++count_of(phase.spared, kind);
  ++phase.served;
}

bool Ledger::holds(const std::vector<PhaseLedger>& phases) const {
  if (phases.size() != phases_.size()) {
    return false;
  }
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto& own = phases_[i].injected;
    const auto planned = static_cast<std::ptrdiff_t>(planned_[i]);
    if (phases[i].injected.size() < planned_[i] ||
        phases[i].came.size() != phases_[i].came.size() ||
        phases[i].drawn.size() != phases_[i].drawn.size() ||
        !std::equal(own.begin(), own.begin() + planned, phases[i].injected.begin(),
                    [](const auto& a, const auto& b) { return a.first == b.first; })) {
      return false;
    }
  }
  return true;
}

void Ledger::merge(const Ledger& other) {
  ENSURE(planned_ == other.planned_ && holds(other.phases_));
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    auto& phase = phases_[i];
    const auto& more = other.phases_[i];
    phase.requests += more.requests;
    phase.leaked_while_open += more.leaked_while_open;
    phase.overtaken += more.overtaken;
    phase.strangers += more.strangers;
    phase.served += more.served;
    phase.connections += more.connections;
    add(phase.came, more.came);
    add(phase.drawn, more.drawn);
    add(phase.injected, more.injected);
    add(phase.by_hand, more.by_hand);
    add(phase.spared, more.spared);
  }
}

Ledger Ledger::since(const Ledger& earlier) const {
  ENSURE(phases_.size() == earlier.phases_.size());
  auto ledger = *this;
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    auto& phase = ledger.phases_[i];
    const auto& less = earlier.phases_[i];
    phase.requests -= less.requests;
    phase.leaked_while_open -= less.leaked_while_open;
    phase.overtaken -= less.overtaken;
    phase.strangers -= less.strangers;
    phase.served -= less.served;
    phase.connections -= less.connections;
    subtract(phase.came, less.came);
    subtract(phase.drawn, less.drawn);
    subtract(phase.injected, less.injected);
    subtract(phase.by_hand, less.by_hand);
    subtract(phase.spared, less.spared);
  }
  return ledger;
}

}  // namespace tripcurve::faults
