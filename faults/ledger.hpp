// What really arrived at the upstream and what was really done to it, by phase. The ground truth
// that a client's own numbers are compared with.
//
// Not thread-safe: each serving thread keeps its own, and merge() adds them up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/passage.hpp"
#include "faults/plan.hpp"

namespace tripcurve::faults {

struct PhaseLedger {
  std::uint64_t requests = 0;           // complete requests of the run that came in
  std::uint64_t leaked_while_open = 0;  // of these, leaked past a breaker that claimed open
  std::uint64_t overtaken = 0;          // of these, under way already when their breaker opened
  std::uint64_t served = 0;             // of these, decided to be answered normally
  // By kind ("503", "reset", limited_kind), as decided: those of the plan, in its order, then those
  // that were only injected by hand.
  std::vector<std::pair<std::string, std::uint64_t>> injected;
  // By kind, how many of `injected` a person has injected.
  std::vector<std::pair<std::string, std::uint64_t>> by_hand{};
  // By kind, how many of `served` a fault was decided for that their answers left nothing to do.
  std::vector<std::pair<std::string, std::uint64_t>> spared{};
  // By Treatment::place: of all requests, also of others, how many came, and of `requests` how many
  // errors were drawn for.
  std::vector<std::uint64_t> came;
  std::vector<std::uint64_t> drawn;
  std::uint64_t connections = 0;  // that came, and were opened as the plan has it
  // Requests that somebody else sent: treated like all others, and counted here only.
  std::uint64_t strangers = 0;
};

class Ledger {
 public:
  explicit Ledger(const Plan& plan);

  // A request arrived and that was decided for it, by the plan.
  void note(const Decision& decision, Passage passage) {
    auto& phase = phases_[decision.phase];
    ++phase.came[decision.place];
    if (passage == Passage::stranger) {
      ++phase.strangers;
      return;
    }
    ++phase.requests;
    phase.drawn[decision.place] += decision.overruled ? 0 : 1;
    phase.leaked_while_open += passage == Passage::leaked ? 1 : 0;
    phase.overtaken += passage == Passage::overtaken ? 1 : 0;
    if (decision.item == Decision::served) {
      ++phase.served;
    } else if (decision.item != Decision::unplanned) {
      ++phase.injected[decision.item].second;
    }
  }
  // The same of what a person may have decided.
  void note(const Treatment& action, Passage passage) {
    note(static_cast<const Decision&>(action), passage);
    if (action.item == Decision::unplanned && passage != Passage::stranger) {
      note_by_hand(phases_[action.phase], action.kind());
    }
  }

  // The answer to a request that was noted left its fault nothing to do, so that it is served.
  void spare(const Treatment& action, Passage passage);

  // A connection came, and was opened like that. One that is hit counts as injected, and its
  // request, if one comes by it, as a request of its own.
  void note(const Opening& opening) {
    auto& phase = phases_[opening.phase];
    phase.connections += opening.overruled ? 0 : 1;
    if (opening.item == Opening::unplanned) {
      note_by_hand(phase, opening.kind);
    } else if (opening.item != Opening::served) {
      ++phase.injected[opening.item].second;
    }
  }

  // A connection came in that phase, and was opened as it should be.
  void note_connection(std::size_t phase) { ++phases_[phase].connections; }

  // Both must be of the same plan.
  void merge(const Ledger& other);

  // What came after `earlier`, which is an earlier state of this one.
  [[nodiscard]] Ledger since(const Ledger& earlier) const;

  [[nodiscard]] const std::vector<PhaseLedger>& phases() const { return phases_; }

  // They are of the same plan.
  [[nodiscard]] bool holds(const std::vector<PhaseLedger>& phases) const;
  template <typename Archive>
  friend void archive(Archive& archive, Ledger& ledger);  // faults/archive.hpp

 private:
  static void note_by_hand(PhaseLedger& phase, const std::string& kind);

  std::vector<PhaseLedger> phases_;
  std::vector<std::size_t> planned_;  // by phase: how many kinds are the plan's
};

}  // namespace tripcurve::faults
