// How a trial is held against its experiment's expectations: when to stop it early, how often to
// repeat it, and what an inconclusive result is worth.
#pragma once

#include <cstdint>
#include <vector>

#include "expect/expectation.hpp"

namespace tripcurve::trial {

struct Judging {
  std::vector<expect::Expectation> abort_on{};  // the run ends as soon as one of these fails
  std::uint64_t repeat = 1;
  std::uint64_t need = 1;  // runs that must pass
  // What to make of an inconclusive run; without it, it has an exit code of its own.
  enum class Inconclusive : std::uint8_t { tell, fail, pass };
  Inconclusive inconclusive = Inconclusive::tell;
};

}  // namespace tripcurve::trial
