// Recorded traces, a line each, of breakers, of whole calls and of waits, and their replay.
#include "conform/line.hpp"
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  while (!input.empty()) {
    const auto replayed = conform::replay_line(take_until(input, "\n"));
    require(replayed.ok() || !replayed.error().message.empty(), "an error says something");
  }
}

}  // namespace tripcurve::fuzz
