#include "curve/closed_form.hpp"

#include <algorithm>
#include <utility>

#include "theory/detection.hpp"

namespace tripcurve::curve {
namespace {

using breaker::TripRule;

// An open loop of single attempts at a steady rate, through one breaker.
const load::OpenLoop* steady_load(const experiment::Experiment& world) {
  const auto* open = std::get_if<load::OpenLoop>(&world.loop);
  return open != nullptr && open->stages.empty() && world.policies.empty() && world.instances == 1
             ? open
             : nullptr;
}

bool counts(const TripRule& rule, const Hit& hit) {
  return rule.of_slow_calls ? hit.takes > rule.slow_from : hit.fails;
}

// Calls that take longer than others end among those that began after them. That is as if they were
// drawn there if the calls come at random, but not if they come evenly: then the n-th of them ends
// between the same two others each time, and rows are not those of independent draws.
bool keeps_rows(const load::OpenLoop& load, const Hit& hit, Duration others_take) {
  return hit.share >= 1 || hit.takes == others_take || load.arrival == load::Arrival::poisson;
}

std::optional<Duration> mean_by(TripRule rule, const Hit& hit, const load::OpenLoop& load,
                                Duration others_take) {
  if (!counts(rule, hit) ||
      (rule.kind == TripRule::Kind::consecutive && !keeps_rows(load, hit, others_take))) {
    return std::nullopt;
  }
  rule.of_slow_calls = false;  // what it counts is what was hit
  return theory::mean_time_to_open(rule, {.calls_per_second = load.rate.per_second,
                                          .failures = hit.share,
                                          .call_takes = hit.takes,
                                          .stickiness = hit.stickiness});
}

}  // namespace

std::optional<Duration> closed_form(const Plan& plan, const breaker::Choice& breaker,
                                    double severity) {
  const auto* load = steady_load(plan.world);
  if (load == nullptr) {
    return std::nullopt;
  }
  const auto hit = plan.axis->hit(plan.world, severity);
  const auto trips = breaker.facts().trips;
  const auto counting = [&](const TripRule& rule) { return counts(rule, hit); };
  if (std::ranges::count_if(trips, counting) != 1) {
    return std::nullopt;
  }
  return mean_by(*std::ranges::find_if(trips, counting), hit, *load,
                 std::min(plan.world.upstream.normal.latency.mean(), plan.world.timeout));
}

}  // namespace tripcurve::curve
