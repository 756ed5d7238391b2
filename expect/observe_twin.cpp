// The difference to the other run of --versus.
#include <algorithm>

#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using report::PhaseSummary;

// What the run has beside its twin in the same stretch.
template <typename Observe>
Observations beside_twin(const report::Summary& summary, const report::Scope& scope,
                         Observe observe) {
  return by_counts(summary, scope, [&](const load::Counts&, const Stretch& stretch) {
    if (!summary.versus) {
      return Observation{.why = "there is no other run to compare with: add --versus none"};
    }
    const auto own = std::ranges::find(summary.phases, stretch.phase,
                                       [](const PhaseSummary& phase) { return &phase; });
    const auto& twin =
        own == summary.phases.end()
            ? summary.versus->totals
            : summary.versus->phases[static_cast<std::size_t>(own - summary.phases.begin())];
    return observe(*stretch.phase, twin);
  });
}

}  // namespace

Observations saved_requests(const report::Summary& summary, const report::Scope& scope) {
  const auto requests = [](const PhaseSummary& phase) {
    return as_number(phase.upstream ? phase.upstream->requests : phase.counts.sent);
  };
  return beside_twin(summary, scope, [&](const PhaseSummary& own, const PhaseSummary& twin) {
    return Observation{.value = requests(twin) - requests(own), .samples = own.counts.calls};
  });
}

Observations availability_gain(const report::Summary& summary, const report::Scope& scope) {
  const auto available = [](const PhaseSummary& phase) {
    return share_of(phase.counts.ok + phase.counts.fallback, phase.counts.ended());
  };
  return beside_twin(summary, scope, [&](const PhaseSummary& own, const PhaseSummary& twin) {
    auto observation = available(own);
    const auto other = available(twin);
    if (observation.value && other.value) {
      *observation.value -= *other.value;
    } else {
      observation.value.reset();
    }
    return observation;
  });
}

}  // namespace tripcurve::expect
