// What a sweep came to, put together from its measurement.
#include <algorithm>
#include <iterator>
#include <utility>

#include "sweep/choose.hpp"
#include "sweep/sweep.hpp"

namespace tripcurve::sweep {
namespace {

Cell cell_of(const Measurement& measurement, std::size_t setting, std::size_t measure,
             std::size_t scenario) {
  const auto seen = measurement.pooled(setting, measure, scenario);
  if (seen.empty()) {
    return {};
  }
  return {.mean = measurement.estimate(setting, {.measure = measure, .scenario = scenario}),
          .p50 = quantile_of(seen, 0.5),
          .p95 = quantile_of(seen, 0.95),
          .samples = seen.size()};
}

// The same rows, as if half of all failures were followed by another one.
std::vector<Row> in_bursts(std::vector<Row> rows, const Aims& aims,
                           const std::vector<std::optional<double>>& bursty) {
  constexpr auto side = static_cast<std::size_t>(Side::false_trips_per_month);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!bursty[i]) {
      continue;
    }
    for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
      if (aims.constraints[c].quantity.measure == side) {
        rows[i].constrained[c] = exactly(*bursty[i]);
      }
    }
    rows[i].violation = worst_violation(aims.constraints, rows[i].constrained);
  }
  return rows;
}

// Who might be picked without some constraint: beside the rows those points that were only measured
// because they are next to the pick, as one is that theory has left out. They come first of the
// others.
std::vector<Row> rows_and_neighbours(const Findings& findings) {
  auto all = findings.rows;
  std::ranges::copy_if(findings.others, std::back_inserter(all),
                       [](const Row& row) { return !row.point.empty(); });
  return all;
}

bool limits_false_trips(const Aims& aims) {
  return std::ranges::any_of(aims.constraints, [](const Constraint& constraint) {
    return constraint.quantity.measure == static_cast<std::size_t>(Side::false_trips_per_month);
  });
}

}  // namespace

Findings Sweep::findings(bool interrupted) const {
  Findings findings{.knobs = plan_.space.knobs,
                    .aims = plan_.aims,
                    .seed = plan_.base.seed,
                    .grid_size = plan_.space.grid_size(),
                    .whole_grid = plan_.space.whole,
                    .screened = screened_,
                    .interrupted = interrupted};
  for (const auto& scenario : plan_.scenarios) {
    findings.scenarios.push_back(scenario.name);
  }
  std::vector<std::size_t> of_row;
  std::vector<std::size_t> of_other;
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    const bool known = measurement_.seeds(i) > 0;
    findings.runs += measurement_.seeds(i) * plan_.scenarios.size();
    findings.unmeasured += !known && i < of_space_ ? 1 : 0;
    if (!known) {
      continue;
    }
    auto row = row_of(i);
    for (std::size_t s = 0; s < plan_.scenarios.size(); ++s) {
      auto& cells = row.cells.emplace_back();
      for (std::size_t m = 0; m < plan_.aims.measures.size(); ++m) {
        cells.push_back(cell_of(measurement_, i, m, s));
      }
    }
    (i < of_space_ ? of_row : of_other).push_back(i);
    (i < of_space_ ? findings.rows : findings.others).push_back(std::move(row));
  }
  mark_front(findings.rows);
  findings.doubtful_runs = measurement_.doubtful();
  findings.pick = best_of(findings.rows, findings.aims);
  findings.nearest = findings.pick ? std::nullopt : nearest_of(findings.rows);
  findings.binding = binding_of(rows_and_neighbours(findings), findings.aims, findings.pick);
  findings.alternatives = alternatives_of(findings.rows, findings.pick);
  explain(findings, of_row, of_other);
  return findings;
}

void Sweep::explain(Findings& findings, const std::vector<std::size_t>& of_row,
                    const std::vector<std::size_t>& of_other) const {
  for (std::size_t i = 0; i < of_other.size(); ++i) {
    if (std::ranges::find(defaults_, of_other[i]) != defaults_.end()) {
      findings.defaults.push_back(findings.rows.size() + i);
    }
  }
  const auto centre = findings.pick ? findings.pick : findings.nearest;
  if (!centre) {
    return;
  }
  const auto setting = of_row[*centre];
  std::vector<std::size_t> all = of_row;
  all.insert(all.end(), of_other.begin(), of_other.end());
  const auto& point = findings.rows[*centre].point;
  for (std::size_t k = 0; k < point.size(); ++k) {
    for (const int step : {-1, 1}) {
      auto neighbour = point;
      neighbour[k] += static_cast<std::uint32_t>(step);
      const auto row = std::ranges::find_if(all, [&](std::size_t i) {
        return !settings_[i].point.empty() && settings_[i].point == neighbour;
      });
      if (row == all.end()) {
        continue;
      }
      const auto index = static_cast<std::size_t>(row - all.begin());
      const auto& values = findings.knobs[k].values;
      Step found{.knob = k,
                 .from = values[point[k]],
                 .to = values[neighbour[k]],
                 .row = index,
                 .misses = misses_of(findings.row(index), findings.aims)};
      for (std::size_t side = 0; side < side_count; ++side) {
        found.changes.push_back(measurement_.difference(*row, setting, {.measure = side}));
      }
      findings.steps.push_back(std::move(found));
    }
  }
  if (findings.pick && limits_false_trips(findings.aims)) {
    findings.bursty_false_trips = settings_[setting].bursty_false_trips;
    findings.pick_if_bursty = pick_if_bursty(findings.rows, of_row);
  }
}

std::optional<std::size_t> Sweep::pick_if_bursty(const std::vector<Row>& rows,
                                                 const std::vector<std::size_t>& settings) const {
  std::vector<std::optional<double>> bursty;
  for (const auto i : settings) {
    bursty.push_back(settings_[i].bursty_false_trips);
  }
  return best_of(in_bursts(rows, plan_.aims, bursty), plan_.aims);
}

}  // namespace tripcurve::sweep
