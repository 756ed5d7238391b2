#include "curve/measure.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"
#include "faults/injector.hpp"
#include "sim/world.hpp"

namespace tripcurve::curve {
namespace {

// How often a run is looked at, to end it soon after its breaker has opened.
constexpr Duration between_looks = std::chrono::milliseconds(200);

faults::PhaseSpec fault_of(const Plan& plan, double severity) {
  auto made = plan.axis->fault(plan.world, severity);
  ENSURE(made.ok());
  auto fault = *std::move(made);
  fault.name = "fault";
  fault.length = plan.within;
  return fault;
}

experiment::Experiment experiment_of(const Plan& plan, const breaker::Choice& breaker,
                                     double severity, std::uint32_t run) {
  auto world = plan.world;
  world.breaker = breaker;
  world.seed = Random(plan.world.seed).fork("curve").fork(run).next();
  world.phases = {{.name = "normal", .length = plan.warm_up}, fault_of(plan, severity)};
  return world;
}

// When the first of the breakers opened.
std::optional<TimePoint> first_opening(const load::BreakerBank& bank) {
  const auto events = bank.events_since(0);
  const auto opening = std::ranges::find_if(events, [](const load::BreakerEvent& event) {
    return breaker::opens(event.transition.from, event.transition.to);
  });
  return opening == events.end() ? std::nullopt : std::optional(opening->transition.at);
}

std::optional<TimePoint> opens_at(const experiment::Experiment& experiment) {
  const auto plan = experiment::fault_plan(experiment);
  faults::Injector injector(plan);
  const auto load = experiment::load_plan(experiment);
  auto bank = experiment::breaker_bank(experiment);
  auto next_look = at(between_looks);
  const sim::Observer observer{.next_look = [&] { return next_look; },
                               .look =
                                   [&](const sim::View&, TimePoint) {
                                     next_look += between_looks;
                                     // Whether anything has happened at all costs less to ask.
                                     return bank.transition_count() == 0 || !first_opening(bank);
                                   }};
  static_cast<void>(sim::run_world(load, injector, bank, sim::ServerModel{}, observer));
  return first_opening(bank);
}

}  // namespace

std::optional<Duration> Point::quantile(double q) const {
  const auto rank = static_cast<std::size_t>(std::ceil(q * judged() - 1e-9));
  return rank == 0 || rank > opened.size() ? std::nullopt : std::optional(opened[rank - 1]);
}

double Point::share_open(Duration by) const {
  const auto in_time = std::ranges::upper_bound(opened, by) - opened.begin();
  return judged() == 0 ? 0 : static_cast<double>(in_time) / judged();
}

Measurement::Measurement(Plan plan)
    : plan_(std::move(plan)), found_(plan_.breakers.size() * plan_.severities.size() * plan_.runs) {
  ENSURE(std::ranges::is_sorted(plan_.severities) && plan_.world.topology.empty());
}

// The runs of a point are next to each other.
Measurement::Job Measurement::job_of(std::size_t number) const {
  const auto point = number / plan_.runs;
  return {.breaker = point / plan_.severities.size(),
          .severity = point % plan_.severities.size(),
          .run = static_cast<std::uint32_t>(number % plan_.runs)};
}

void Measurement::run(std::size_t job) {
  const auto [breaker, severity, run] = job_of(job);
  const auto opened =
      opens_at(experiment_of(plan_, plan_.breakers[breaker], plan_.severities[severity], run));
  if (opened) {
    found_[job] = *opened - at(plan_.warm_up);
  }
}

std::vector<Curve> Measurement::curves() const {
  std::vector<Curve> curves;
  auto found = found_.begin();
  for (const auto& breaker : plan_.breakers) {
    auto world = plan_.world;
    world.breaker = breaker;
    auto& curve = curves.emplace_back(
        Curve{.breaker = breaker, .points = {}, .false_trips = experiment::false_trips(world)});
    for (const auto severity : plan_.severities) {
      Point point{.severity = severity, .runs = plan_.runs, .opened = {}};
      for (std::uint32_t run = 0; run < plan_.runs; ++run, ++found) {
        if (*found && **found < Duration::zero()) {
          ++point.early;
        } else if (*found && **found <= plan_.within) {
          point.opened.push_back(**found);
        }
      }
      std::ranges::sort(point.opened);
      curve.points.push_back(std::move(point));
    }
  }
  return curves;
}

}  // namespace tripcurve::curve
