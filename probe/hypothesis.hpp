// A breaker that is possible, and how it has lived through what was done.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "breaker/registry.hpp"
#include "probe/fitting.hpp"
#include "probe/simulated.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

struct Past {
  // Since when its timers and windows run, before the first call. Nobody sees that, and no library
  // has it as a setting: the phase that explains most is as good as the settings that it goes with.
  Duration phase{};
  double fit = 0;              // log-likelihood, at most 0
  std::vector<double> fits{};  // of each entry
  // Breakers that have lived through all of it; several where luck has a part in it.
  std::vector<std::unique_ptr<Simulated>> lives{};
  std::size_t in_phase = 0;  // the first so many of them have that phase, others have drawn theirs

  // Something that was seen it would not have done.
  [[nodiscard]] bool is_contradicted() const {
    return std::ranges::any_of(fits, [](double of_one) { return of_one < contradiction; });
  }
};

struct Hypothesis : Past {
  std::size_t form = 0;  // of Belief::forms()
  Point point{};
  breaker::Choice choice;
  std::unique_ptr<OutcomeRules> rules{};  // where its lives find them
  double likelihood = 0;                  // its part of all, which sum to 1
};

// It explains more of what was done, or the same better.
[[nodiscard]] bool explains_more(const Past& one, const Past& other);

}  // namespace tripcurve::probe
