#include "sweep/choose.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "sweep/front.hpp"

namespace tripcurve::sweep {
namespace {

// Less is better.
double goal_of(const Row& row, const Aims& aims) {
  return aims.goal.maximize ? -row.goal.value : row.goal.value;
}

auto rank(const Row& row, const Aims& aims) {
  return std::tuple(goal_of(row, aims), row.side(Side::rejected_good).value,
                    row.side(Side::time_to_close).value);
}

std::optional<std::size_t> best_without(const std::vector<Row>& rows, const Aims& aims,
                                        std::optional<std::size_t> constraint) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double violated = 0;
    for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
      violated +=
          constraint == c ? 0 : violation(aims.constraints[c], rows[i].constrained[c].value);
    }
    if (violated <= 0 && (!best || rank(rows[i], aims) < rank(rows[*best], aims))) {
      best = i;
    }
  }
  return best;
}

std::vector<std::vector<double>> sides_of(const std::vector<Row>& rows) {
  std::vector<std::vector<double>> all;
  for (const auto& row : rows) {
    auto& sides = all.emplace_back();
    for (std::size_t side = 0; side < side_count; ++side) {
      sides.push_back(row.means[side].value);
    }
  }
  return all;
}

constexpr std::size_t most_rows = 24;  // of a table

constexpr std::array<const char*, side_count> best_at{
    "opens soonest", "closes soonest", "trips least often for no reason", "wastes the fewest calls",
    "rejects the fewest good calls"};

}  // namespace

std::optional<std::size_t> best_of(const std::vector<Row>& rows, const Aims& aims) {
  return best_without(rows, aims, std::nullopt);
}

std::optional<std::size_t> nearest_of(const std::vector<Row>& rows) {
  const auto nearest = std::ranges::min_element(rows, {}, &Row::violation);
  return nearest == rows.end() ? std::nullopt
                               : std::optional(static_cast<std::size_t>(nearest - rows.begin()));
}

std::vector<Binding> binding_of(const std::vector<Row>& rows, const Aims& aims,
                                std::optional<std::size_t> pick) {
  std::vector<Binding> binding;
  for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
    const auto other = best_without(rows, aims, c);
    if (other && (!pick || goal_of(rows[*other], aims) < goal_of(rows[*pick], aims))) {
      binding.push_back({c, *other});
    }
  }
  return binding;
}

std::vector<Alternative> alternatives_of(const std::vector<Row>& rows,
                                         std::optional<std::size_t> pick) {
  std::vector<Alternative> alternatives;
  const auto add = [&](std::size_t row, const std::string& why) {
    const auto known = std::ranges::find(alternatives, row, &Alternative::row);
    if (row == pick) {
      return;
    }
    if (known != alternatives.end()) {
      known->why += ", " + why;
    } else {
      alternatives.push_back({why, row});
    }
  };
  std::vector<bool> front;
  for (const auto& row : rows) {
    front.push_back(row.on_front);
  }
  const auto sides = sides_of(rows);
  if (const auto knee = knee_of(sides, front)) {
    add(*knee, "knee of the front");
  }
  for (std::size_t side = 0; side < side_count; ++side) {
    std::optional<std::size_t> best;
    bool differ = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      differ = differ || sides[i][side] != sides.front()[side];
      best = front[i] && (!best || sides[i][side] < sides[*best][side]) ? i : best;
    }
    if (best && differ) {
      add(*best, best_at.at(side));
    }
  }
  return alternatives;
}

std::vector<std::size_t> rows_to_show(const std::vector<Row>& rows, const Aims& aims,
                                      std::optional<std::size_t> pick) {
  std::vector<std::size_t> shown(rows.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (shown.size() <= most_rows) {
    return shown;
  }
  std::erase_if(shown, [&](std::size_t i) { return !rows[i].on_front && pick != i; });
  std::ranges::stable_sort(shown, {}, [&](std::size_t i) {
    return std::tuple(pick != i, rows[i].violation, goal_of(rows[i], aims));
  });
  shown.resize(std::min(shown.size(), most_rows));
  std::ranges::sort(shown);
  return shown;
}

double worst_violation(const std::vector<Constraint>& constraints,
                       const std::vector<Estimate>& values) {
  double worst = 0;
  for (std::size_t c = 0; c < constraints.size(); ++c) {
    worst = std::max(worst, violation(constraints[c], values[c].value));
  }
  return worst;
}

bool may_satisfy(const std::vector<Constraint>& constraints, const std::vector<Estimate>& values) {
  for (std::size_t c = 0; c < constraints.size(); ++c) {
    if (!may_be_chance(values[c]) && violation(constraints[c], values[c].low) > 0 &&
        violation(constraints[c], values[c].high) > 0) {
      return false;
    }
  }
  return true;
}

std::vector<std::string> misses_of(const Row& row, const Aims& aims) {
  std::vector<std::string> misses;
  for (std::size_t c = 0; c < aims.constraints.size(); ++c) {
    if (violation(aims.constraints[c], row.constrained[c].value) > 0) {
      misses.push_back(aims.constraints[c].text);
    }
  }
  return misses;
}

void mark_front(std::vector<Row>& rows) {
  const auto front = front_of(sides_of(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].on_front = front[i];
  }
}

}  // namespace tripcurve::sweep
