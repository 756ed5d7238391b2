// What the upstream pays for deciding what to do to a request.

#include "bench/bench.hpp"
#include "experiment/experiment.hpp"

namespace tripcurve::bench {

void bench_plan() {
  const auto plan = experiment::fault_plan(experiment::outage());
  for (const auto& phase : plan.timetable().phases()) {
    print("plan, decide in '" + phase.name + "'", nanoseconds_per_operation([&](std::uint64_t n) {
            for (std::uint64_t i = 0; i < n; ++i) {
              keep(plan.decide({.ordinal = i}, phase.begin));
            }
          }),
          "ns");
  }
}

}  // namespace tripcurve::bench
