// What a run's experiment was calculated to come to.
#include "expect/observe.hpp"

namespace tripcurve::expect {

Observations false_trips_per_month(const report::Summary& summary, const report::Scope& /*scope*/) {
  const auto& trips = summary.facts.false_trips;
  if (!trips) {
    return {{.why = "nobody can say: the load or the normal errors are not known, all calls "
                    "fail, or some are slow by a mode"}};
  }
  Observation observation{.value = trips->per_month, .samples = 1};
  if (trips->low < trips->high) {
    observation.between = {trips->low, trips->high};
  }
  return {observation};
}

}  // namespace tripcurve::expect
