// Two breakers, or two settings of one, on the identical stream of calls and outcomes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/outcome_rules.hpp"
#include "core/time.hpp"
#include "faults/plan.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "load/tally.hpp"

namespace tripcurve::sim {

// What one breaker made of the stream.
struct Side {
  load::Tally tally;
  std::vector<load::BreakerEvent> transitions;  // the first, as the bank keeps them
  std::vector<breaker::Totals> totals;          // by breaker, of all
  std::vector<TimePoint> sent_at;               // by call; `never` for one that did not go out
};

// The first call that one lets out and the other does not, or not yet.
struct Divergence {
  std::uint64_t call = 0;  // from 0, in the order they come due
  TimePoint a = never;     // when it went out
  TimePoint b = never;
};

struct Diff {
  Side a;
  Side b;
  std::optional<Divergence> divergence;
};

// Breakers and what they are told; what `load` says of the latter is not looked at.
struct Contestant {
  load::BreakerBank& breakers;
  client::BreakerConfig told{};
};

// Each gets a world of its own. Whether a call fails, and how long it takes, depends on its number
// and its time alone, so both see the same (but for a rate limit, which turns away by what else was
// sent); `load` must be an open loop of one shard, and whatever its max_in_flight, no call is
// dropped. Nobody is asked which of the rejected calls would have succeeded.
[[nodiscard]] Diff diff(load::LoadPlan load, const faults::Plan& faults, const Contestant& a,
                        const Contestant& b);

}  // namespace tripcurve::sim
