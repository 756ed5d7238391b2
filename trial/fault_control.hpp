// What serve::Control may do to an upstream of ours.
#pragma once

#include <cstdint>
#include <functional>

#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "net/clock.hpp"
#include "serve/control.hpp"
#include "trial/by_hand.hpp"

namespace tripcurve::trial {

struct ControlledUpstream {
  faults::Injector& injector;
  ByHand& by_hand;
  std::function<faults::Ledger()> ledger;
  net::SteadyClock clock;
  std::uint64_t seed;
  std::function<void()> follow_plan{};  // of an upstream whose phases can be stepped through
  // Its ledger begins at zero, and its requests are numbered from zero; of such an upstream, too.
  std::function<void()> count_anew{};
};

// What it refers to must outlive what is returned.
[[nodiscard]] serve::FaultControls fault_controls(ControlledUpstream upstream);

}  // namespace tripcurve::trial
