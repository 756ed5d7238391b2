// What may happen to the upstream: the faults that settings are tried against. Each replaces the
// phases of the experiment, and keeps its load, its client and what its upstream is normally.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "experiment/experiment.hpp"
#include "faults/phase.hpp"

namespace tripcurve::sweep {

struct Scenario {
  std::string name;
  std::vector<faults::PhaseSpec> phases;
  // Nothing that a breaker should open for: its bad moments belong to every day, so every trip in
  // it is a false one, and its failures are nobody's fault.
  bool everyday = false;
};

// One that is built in.
struct Story {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view meaning;  // in full, for describe
  bool everyday = false;
  // For a client with that timeout, about so long in all.
  std::vector<faults::PhaseSpec> (*phases)(Duration length, Duration timeout) = nullptr;
};

// In the order they are listed.
[[nodiscard]] std::span<const Story> stories();
[[nodiscard]] Result<const Story*> find_story(std::string_view name);

[[nodiscard]] Scenario scenario_of(const Story& story, Duration length, Duration timeout);

// As long as the shortest of its phases makes sense.
inline constexpr Duration shortest_scenario = std::chrono::seconds(20);

// Its phases in one run. Each fault lasts between 80 % and 120 % of what is written, so that its
// end meets a breaker at any moment of the time that it stays open: the mean stays what it is, and
// a percentile over runs tells something.
[[nodiscard]] std::vector<faults::PhaseSpec> phases_of(const Scenario& scenario,
                                                       const experiment::Experiment& experiment,
                                                       Random random);

}  // namespace tripcurve::sweep
