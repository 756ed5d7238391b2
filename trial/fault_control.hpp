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
};

// What it refers to must outlive what is returned.
[[nodiscard]] serve::FaultControls fault_controls(ControlledUpstream upstream);

}  // namespace tripcurve::trial
