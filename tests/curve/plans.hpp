// Plans of curves for tests.
#pragma once

#include <string>
#include <vector>

#include "curve/measure.hpp"
#include "tests/support/breakers.hpp"

namespace tripcurve::testing {

using namespace std::chrono_literals;

inline curve::AxisPtr axis(const std::string& text) { return curve::parse_axis(text).value(); }

// 100 calls/s of 10 ms each.
inline curve::Plan plan_of(const std::vector<std::string>& breakers,
                           const std::vector<double>& severities, std::uint32_t runs = 20) {
  curve::Plan plan{.world = experiment::outage(), .breakers = {}, .severities = severities};
  plan.world.seed = 1;
  plan.world.loop = load::OpenLoop{.rate = Rate{100}};
  plan.world.upstream = {};
  plan.world.upstream.normal.latency = faults::Latency::fixed(10ms);
  plan.warm_up = 5s;
  plan.within = 60s;
  plan.runs = runs;
  for (const auto& breaker : breakers) {
    plan.breakers.push_back(choice(breaker));
  }
  return plan;
}

inline std::vector<curve::Curve> measured(const curve::Plan& plan) {
  curve::Measurement measurement(plan);
  for (std::size_t job = 0; job < measurement.jobs(); ++job) {
    measurement.run(job);
  }
  return measurement.curves();
}

}  // namespace tripcurve::testing
