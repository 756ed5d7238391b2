// The window in which a breaker counts its calls, of whichever kind, so that one trip rule serves
// them all.
#pragma once

#include <type_traits>
#include <variant>

#include "breaker/parts/bucket_ring.hpp"
#include "breaker/parts/lock_free_slices.hpp"
#include "breaker/parts/outcome_ring.hpp"
#include "breaker/parts/stale_start_ring.hpp"

namespace tripcurve::breaker {

using CallWindow = std::variant<OutcomeRing, GridWindow, LockFreeSlices, StaleStartRing>;

// What a person may ask of a window: so many results or buckets are kept in memory.
inline constexpr double most_in_window = 1'000'000;

// Counts one call and tells what the window holds then.
inline const WindowCounts& count_call(CallWindow& window, TimePoint now, const WindowCounts& call) {
  return std::visit(
      [&]<typename Window>(Window& held) -> const WindowCounts& {
        if constexpr (std::is_same_v<Window, OutcomeRing>) {
          held.add(call.failures > 0, call.slow > 0);
        } else {
          held.add(now, call);
        }
        return held.totals();
      },
      window);
}

}  // namespace tripcurve::breaker
