#include "sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/ensure.hpp"
#include "core/plural.hpp"
#include "core/text.hpp"
#include "sweep/choose.hpp"
#include "sweep/screen.hpp"

namespace tripcurve::sweep {
namespace {

// Whose defaults people deploy.
constexpr std::array<std::string_view, 6> known_dialects{"resilience4j", "hystrix", "polly",
                                                         "gobreaker",    "opossum", "envoy"};

std::optional<Error> unfit(const Plan& plan) {
  if (!plan.base.topology.empty()) {
    return Error{"sweep is about the client in front of the upstream, and " +
                     tripcurve::quoted(plan.base.file) + " has a topology in between",
                 "leave 'topology' out of the file"};
  }
  if (plan.base.upstream.normal.errors.refuse()) {
    return Error{"the upstream refuses every connection, so there is nothing to become worse",
                 "leave out errors: refuse"};
  }
  if (experiment::length_of_stages(plan.base)) {
    return Error{"sweep needs a load that stays the same, but this one has stages",
                 "give a single rate, such as --rate 100/s"};
  }
  return std::nullopt;
}

// Of the side of false trips, as long as nothing was run.
bool is_false_trips(const Quantity& quantity) {
  return quantity.measure == static_cast<std::size_t>(Side::false_trips_per_month);
}

std::string show_number(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

// Why the formula alone rules it out.
std::optional<std::string> trips_too_often(const Aims& aims, double false_trips) {
  for (const auto& constraint : aims.constraints) {
    if (is_false_trips(constraint.quantity) && violation(constraint, false_trips) > 0) {
      return fmt::format("by theory it trips {} times a month for no reason",
                         show_number(false_trips));
    }
  }
  return std::nullopt;
}

// What was to be as large as it can be is to be small.
void turn_round(Contestant& contestant) {
  const auto goal = contestant.goal;
  contestant.goal = {-goal.value, -goal.high, -goal.low, goal.runs};
  if (!contestant.goals) {
    return;
  }
  for (auto& stratum : *contestant.goals) {
    for (auto& value : stratum) {
      value = value ? std::optional(-*value) : std::nullopt;
    }
  }
}

}  // namespace

Sweep::Sweep(Plan plan)
    : plan_(std::move(plan)), measurement_(plan_.scenarios, plan_.aims.measures) {}

Result<Sweep> Sweep::prepare(Plan plan) {
  ENSURE(!plan.scenarios.empty());
  if (const auto error = unfit(plan)) {
    return *error;
  }
  auto candidates = candidates_of(plan.space, plan.base);
  if (!candidates) {
    return candidates.error();
  }
  Sweep sweep(std::move(plan));
  auto all = *std::move(candidates);
  for (const auto& [point, reason] : all.impossible) {
    sweep.screened_.push_back({point, text_of(sweep.plan_.space.knobs, point), reason});
  }
  sweep.screen(std::move(all.possible));
  return sweep;
}

void Sweep::screen(std::vector<Candidate> candidates) {
  struct Judged {
    Candidate candidate{};
    std::optional<forecast::FalseTrips> trips{};
    std::optional<std::string> why{};
    bool by_aim = false;
  };
  std::vector<Judged> all;
  for (auto& candidate : candidates) {
    Judged judged{.trips = false_trips_of(candidate.experiment),
                  .why = cannot_work(candidate.experiment, plan_.scenarios)};
    if (!judged.why && judged.trips) {
      judged.why = trips_too_often(plan_.aims, judged.trips->per_month);
      judged.by_aim = judged.why.has_value();
    }
    judged.candidate = std::move(candidate);
    all.push_back(std::move(judged));
  }
  // If nobody is left, the nearest must be found among those that miss what is wanted; and if
  // nothing can work, that must be seen in numbers.
  const bool nobody =
      std::ranges::all_of(all, [](const Judged& one) { return one.why.has_value(); });
  const bool nobody_works =
      nobody && std::ranges::none_of(all, [](const Judged& one) { return one.by_aim; });
  for (auto& [candidate, trips, why, by_aim] : all) {
    const auto name = text_of(plan_.space.knobs, candidate.point);
    if (why && !nobody_works && !(nobody && by_aim)) {
      screened_.push_back({candidate.point, name, *why, by_aim});
      continue;
    }
    const auto bursty = false_trips_in_bursts(candidate.experiment);
    add(std::move(candidate.experiment), {candidate.point, name, bursty});
  }
  of_space_ = settings_.size();
}

std::size_t Sweep::add(experiment::Experiment experiment, Setting setting) {
  const auto trips = false_trips_of(experiment);
  settings_.push_back(std::move(setting));
  return measurement_.add(std::move(experiment), trips);
}

std::optional<std::size_t> Sweep::begin(const std::vector<std::size_t>& settings,
                                        std::uint32_t seeds, const std::string& words) {
  jobs_ = measurement_.jobs(settings, seeds);
  round_ = fmt::format("round {}: {}", ++rounds_, words);
  return jobs_.size();
}

// What is measured beside the pick may bring another one into the race again.
std::optional<std::size_t> Sweep::next_round() {
  const auto jobs = race_on();
  return jobs ? jobs : measure_beside();
}

std::optional<std::size_t> Sweep::race_on() {
  const auto racing = contenders();
  const auto lacks = [&](std::size_t setting) { return measurement_.seeds(setting) < seeds_; };
  // Who had been left behind may be the best one of those that are left: it catches up first.
  if (std::ranges::none_of(racing, lacks)) {
    if (racing.empty() || seeds_ == plan_.most_seeds) {
      return std::nullopt;
    }
    seeds_ = std::min(seeds_ == 0 ? plan_.first_seeds : seeds_ * 2, plan_.most_seeds);
  }
  return begin(racing, seeds_,
               fmt::format("{}, {}", count_of(racing.size(), "setting"), count_of(seeds_, "seed")));
}

std::vector<std::size_t> Sweep::contenders() const {
  if (seeds_ == 0) {
    std::vector<std::size_t> all(of_space_);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  std::vector<Contestant> contestants;
  const auto& goal = plan_.aims.goal;
  for (std::size_t setting = 0; setting < of_space_; ++setting) {
    const auto row = row_of(setting);
    Contestant contestant{.seeds = row.seeds,
                          .goal = row.goal,
                          .goals = measurement_.told(setting, goal.quantity),
                          .violation = row.violation,
                          .may_satisfy = may_satisfy(plan_.aims.constraints, row.constrained)};
    if (goal.maximize) {
      turn_round(contestant);
    }
    contestants.push_back(std::move(contestant));
  }
  return worth_more_runs(contestants, plan_.precision);
}

std::optional<std::size_t> Sweep::measure_beside() {
  auto all = rows();
  mark_front(all);
  const auto pick = best_of(all, plan_.aims);
  const auto centre = pick ? pick : nearest_of(all);
  if (!centre) {
    return std::nullopt;
  }
  const auto named = named_beside(*centre, all);
  // Some are named by the chance of few runs alone, and no more once they have enough.
  for (const auto seeds : {std::min(enough_runs, seeds_), seeds_}) {
    if (const auto jobs = measure(named, seeds, "beside the recommended one")) {
      return jobs;
    }
  }
  auto shown = rows_to_show(all, plan_.aims, centre);
  std::erase_if(shown, [&](std::size_t row) { return !all[row].on_front; });
  return measure(std::move(shown), std::min(enough_runs, seeds_), "on the front");
}

std::vector<std::size_t> Sweep::named_beside(std::size_t pick, const std::vector<Row>& rows) {
  const auto satisfying = best_of(rows, plan_.aims);
  auto named = add_neighbours(pick);
  named.push_back(pick);
  for (const auto& other : alternatives_of(rows, satisfying)) {
    named.push_back(other.row);
  }
  for (const auto& binding : binding_of(rows, plan_.aims, satisfying)) {
    named.push_back(binding.row);
  }
  std::vector<std::size_t> settings(rows.size());
  std::iota(settings.begin(), settings.end(), std::size_t{0});
  if (const auto other = pick_if_bursty(rows, settings)) {
    named.push_back(*other);
  }
  std::ranges::copy(defaults_beside(pick), std::back_inserter(named));
  return named;
}

std::optional<std::size_t> Sweep::measure(std::vector<std::size_t> settings, std::uint32_t seeds,
                                          const std::string& where) {
  std::ranges::sort(settings);
  const auto same = std::ranges::unique(settings);
  settings.erase(same.begin(), same.end());
  std::erase_if(settings, [&](std::size_t one) { return measurement_.seeds(one) >= seeds; });
  return settings.empty()
             ? std::nullopt
             : begin(settings, seeds,
                     fmt::format("{} {}", count_of(settings.size(), "setting"), where));
}

std::optional<std::size_t> Sweep::setting_at(const Point& point) const {
  const auto found = std::ranges::find(settings_, point, &Setting::point);
  return found == settings_.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(found - settings_.begin()));
}

std::vector<std::size_t> Sweep::add_neighbours(std::size_t pick) {
  std::vector<std::size_t> beside;
  std::vector<Point> unknown;
  const auto point = settings_[pick].point;
  for (std::size_t k = 0; k < point.size(); ++k) {
    for (const int step : {-1, 1}) {
      const auto value = static_cast<std::int64_t>(point[k]) + step;
      if (value < 0 || value >= static_cast<std::int64_t>(plan_.space.knobs[k].values.size())) {
        continue;
      }
      auto neighbour = point;
      neighbour[k] = static_cast<std::uint32_t>(value);
      if (const auto known = setting_at(neighbour)) {
        beside.push_back(*known);
      } else {
        unknown.push_back(std::move(neighbour));
      }
    }
  }
  for (auto& candidate : possible_of(plan_.space.knobs, unknown, plan_.base)) {
    auto name = text_of(plan_.space.knobs, candidate.point);
    beside.push_back(add(std::move(candidate.experiment), {candidate.point, std::move(name)}));
  }
  return beside;
}

const std::vector<std::size_t>& Sweep::defaults_beside(std::size_t pick) {
  if (defaults_beside_ == pick) {
    return defaults_;
  }
  defaults_beside_ = pick;
  defaults_.clear();
  for (const auto dialect : known_dialects) {
    auto experiment = measurement_.setting(pick);
    auto choice = breaker::make_choice(dialect, {});
    ENSURE(choice.ok());
    experiment.breaker = *std::move(choice);
    experiment.counting.imported.reset();
    experiment.counting.breaker_counts.clear();
    defaults_.push_back(add(std::move(experiment), {{}, std::string(dialect)}));
  }
  return defaults_;
}

Row Sweep::row_of(std::size_t setting) const {
  const auto& [point, name, bursty] = settings_[setting];
  Row row{.point = point,
          .name = name,
          .breaker = measurement_.setting(setting).breaker.text(),
          .choice = measurement_.setting(setting).breaker,
          .seeds = measurement_.seeds(setting),
          .forecast = measurement_.forecast(setting)};
  for (std::size_t m = 0; m < plan_.aims.measures.size(); ++m) {
    row.means.push_back(measurement_.estimate(setting, {.measure = m}));
  }
  row.goal = measurement_.estimate(setting, plan_.aims.goal.quantity);
  for (const auto& constraint : plan_.aims.constraints) {
    row.constrained.push_back(measurement_.estimate(setting, constraint.quantity));
  }
  row.violation = worst_violation(plan_.aims.constraints, row.constrained);
  return row;
}

std::vector<Row> Sweep::rows() const {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < of_space_; ++i) {
    rows.push_back(row_of(i));
  }
  return rows;
}

}  // namespace tripcurve::sweep
