// Recorded traces, a line each, and their replay by the dialect that they name.
#include "conform/trace.hpp"
#include "conform/replay.hpp"
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  while (!input.empty()) {
    const auto trace = conform::parse_trace(take_until(input, "\n"));
    if (!trace) {
      continue;
    }
    if (const auto difference = conform::replay(*trace)) {
      require(difference->step < trace->steps.size(), "the difference is at a step");
      (void)conform::explain(*trace, *difference);
    }
  }
}

}  // namespace tripcurve::fuzz
