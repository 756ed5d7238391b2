// The world in which a trial takes moments: the simulator, as a world of trials.
#pragma once

#include "trial/trial.hpp"

namespace tripcurve::trial {

class VirtualTime : public World {
 public:
  [[nodiscard]] const char* command() const override { return "simulate"; }
  [[nodiscard]] Counted play(Parts& parts, Conductor& conductor) override;
};

}  // namespace tripcurve::trial
