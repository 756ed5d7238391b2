// What a sweep came to: every setting in numbers, which of them are on the front, and the one to
// take. Reports are made of this and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/registry.hpp"
#include "forecast/false_trips.hpp"
#include "sweep/aims.hpp"
#include "sweep/measures.hpp"
#include "sweep/space.hpp"
#include "sweep/statistics.hpp"

namespace tripcurve::sweep {

// One measure of one setting in one scenario.
struct Cell {
  Estimate mean{};
  Estimate p50{}, p95{};    // of all that was seen, pooled; infinite: it did not come
  std::size_t samples = 0;  // none: the scenario says nothing of it
};

struct Row {
  Point point{};          // none of a dialect's defaults
  std::string name{};     // "failures=5 timeout=10s", or the breaker
  std::string breaker{};  // as text
  std::optional<breaker::Choice> choice{};
  std::uint32_t seeds = 0;                         // that it was run with
  std::vector<Estimate> means{};                   // by measure, over all scenarios
  std::optional<forecast::FalseTrips> forecast{};  // of false trips; none: they were counted
  std::vector<std::vector<Cell>> cells{};          // by scenario and measure
  Estimate goal{};
  std::vector<Estimate> constrained{};  // by constraint, what it bounds
  double violation = 0;                 // of the constraint that it misses most
  bool on_front = false;

  [[nodiscard]] const Estimate& side(Side which) const {
    return means[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] bool satisfies() const { return violation <= 0; }
};

// What went before any run.
struct Screened {
  Point point{};
  std::string name{};
  std::string reason{};  // a sentence without its full stop
  bool by_aim = false;   // it could work, but misses a constraint by theory
};

// One key of the pick a step lower or higher.
struct Step {
  std::size_t knob = 0;
  std::string from{}, to{};
  std::size_t row = 0;                // of Findings::rows or, behind them, Findings::others
  std::vector<Estimate> changes{};    // by side: what it has more than the pick
  std::vector<std::string> misses{};  // constraints that it would miss, as texts
};

// A constraint without which another would be picked.
struct Binding {
  std::size_t constraint = 0;
  std::size_t row = 0;  // that one; of Findings::rows or, behind them, Findings::others
};

struct Alternative {
  std::string why{};  // "opens soonest"
  std::size_t row = 0;
};

// What a breaker is called in settings to paste.
inline constexpr std::string_view settings_name = "upstream";

struct Findings {
  std::vector<Knob> knobs{};
  std::vector<std::string> scenarios{};
  Aims aims{};
  std::uint64_t seed = 0;
  double grid_size = 0;
  bool whole_grid = true;
  std::vector<Row> rows{};  // that were measured, in the order of the space
  std::vector<Screened> screened{};
  std::size_t unmeasured = 0;  // settings whose runs were not done when the sweep was ended
  std::vector<Row> others{};   // the pick's neighbours outside the points, and known defaults
  std::optional<std::size_t> pick{};     // of rows; none satisfies everything
  std::optional<std::size_t> nearest{};  // then the one that misses by least
  std::vector<Step> steps{};
  std::vector<Binding> binding{};
  std::vector<std::size_t> defaults{};  // of others
  std::vector<Alternative> alternatives{};
  // The pick's false trips per month if half of the failures are followed by another one, and who
  // would be picked if they always were.
  std::optional<double> bursty_false_trips{};
  std::optional<std::size_t> pick_if_bursty{};
  std::uint64_t runs = 0;
  std::uint64_t doubtful_runs = 0;
  bool interrupted = false;

  [[nodiscard]] const Row& row(std::size_t index) const {
    return index < rows.size() ? rows[index] : others[index - rows.size()];
  }
};

}  // namespace tripcurve::sweep
