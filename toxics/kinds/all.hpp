// All kinds of toxics. A new one is a file here, a line here and a line in kind.cpp.
#pragma once

#include "toxics/kind.hpp"

namespace tripcurve::toxics {

extern const Kind bandwidth;
extern const Kind latency;
extern const Kind limit_data;
extern const Kind noop;
extern const Kind reset_peer;
extern const Kind slicer;
extern const Kind slow_close;
extern const Kind timeout;

// All that a kind without settings of its own, or one that only passes bytes on, needs.
class PassingStage : public Stage {
 public:
  void set(const Values& /*values*/) override {}
  Fate fate_of(const Chunk& first) override { return {first.arrived, first.size()}; }
};

[[nodiscard]] constexpr Duration milliseconds(std::int64_t count) {
  return std::chrono::milliseconds(count);
}

}  // namespace tripcurve::toxics
