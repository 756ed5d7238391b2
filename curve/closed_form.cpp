#include "curve/closed_form.hpp"

#include "theory/detection.hpp"

namespace tripcurve::curve {

std::optional<Duration> closed_form(const Plan& plan, const breaker::Choice& breaker,
                                    double severity) {
  const auto* open = std::get_if<load::OpenLoop>(&plan.world.loop);
  const auto trips = breaker.facts().trips;
  if (plan.axis != Axis::errors || open == nullptr || !open->stages.empty() ||
      !plan.world.policies.empty() || plan.world.instances > 1 || trips.size() != 1) {
    return std::nullopt;
  }
  return theory::mean_time_to_open(trips.front(),
                                   {.calls_per_second = open->rate.per_second,
                                    .failures = severity,
                                    .call_takes = plan.world.upstream.normal.latency.mean()});
}

}  // namespace tripcurve::curve
