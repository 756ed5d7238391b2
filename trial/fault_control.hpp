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
  faults::Plan::Answers answers;
  std::function<void()> follow_plan;  // net::Upstream::follow_plan()
  // Its ledger begins at zero, and its requests are numbered from zero. Empty: its phases follow
  // the clock, and nobody may step through them.
  std::function<void()> count_anew{};
};

// Of each setting that can be injected by hand.
[[nodiscard]] serve::Settings examples_of_faults();

// What it refers to must outlive what is returned.
[[nodiscard]] serve::FaultControls fault_controls(ControlledUpstream upstream);

}  // namespace tripcurve::trial
