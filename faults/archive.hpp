// What an upstream has counted as a value that parts of shared work keep (shards/values.hpp).
#pragma once

#include "faults/ledger.hpp"

namespace tripcurve::faults {

// Into one of the same plan. Kinds that were only injected by hand come after the plan's.
template <typename Archive>
void archive(Archive& archive, PhaseLedger& phase) {
  archive(phase.requests, phase.leaked_while_open, phase.overtaken, phase.served, phase.injected,
          phase.by_hand, phase.spared, phase.strangers, phase.came, phase.drawn, phase.connections);
}

template <typename Archive>
void archive(Archive& archive, Ledger& ledger) {
  auto phases = ledger.phases_;
  archive(phases);
  if constexpr (Archive::reads) {
    if (ledger.holds(phases)) {
      ledger.phases_ = phases;
    } else {
      archive.fail();
    }
  }
}

}  // namespace tripcurve::faults
