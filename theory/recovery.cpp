#include "theory/recovery.hpp"

#include <cmath>

namespace tripcurve::theory {
namespace {

// Waiting, the next call, and its failure.
double cycle(const Recovery& recovery) {
  return to_seconds(recovery.open_for) + 1 / recovery.calls_per_second +
         to_seconds(recovery.failed_trial);
}

}  // namespace

Duration mean_time_to_close(const Recovery& recovery) {
  const double open = to_seconds(recovery.open_for);
  const double trial = to_seconds(recovery.failed_trial);
  // The fault ends while the breaker is open, or during a trial, which fails: then another wait
  // follows.
  const double rest = (open * open / 2 + trial * (trial / 2 + open)) / cycle(recovery);
  const double trials =
      recovery.trials_needed * (1 / recovery.calls_per_second + to_seconds(recovery.good_trial));
  return Duration(std::llround((rest + trials) * 1e9));
}

double calls_in_outage(const Recovery& recovery, double wasted, Duration outage, Duration detected,
                       double trials) {
  return wasted + to_seconds(outage - detected) / cycle(recovery) * trials;
}

}  // namespace tripcurve::theory
