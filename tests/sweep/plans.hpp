// Sweeps for tests.
#pragma once

#include <string>
#include <vector>

#include "sweep/sweep.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::testing {

using namespace std::chrono_literals;

// 50 calls/s of 10 ms each, and a timeout of 1 s.
inline experiment::Experiment base_of(const std::string& breaker) {
  auto base = experiment::outage();
  base.seed = 1;
  base.loop = load::OpenLoop{.rate = Rate{50}, .arrival = load::Arrival::poisson};
  base.upstream = {};
  base.upstream.normal.latency = faults::Latency::fixed(10ms);
  base.timeout = 1s;
  base.breaker = choice(breaker);
  return base;
}

inline sweep::Space space_of(const std::vector<std::string>& over, std::size_t most = 2000) {
  std::vector<sweep::Knob> knobs;
  for (const auto& text : over) {
    auto knob = sweep::parse_knob(text);
    INFO(text);
    REQUIRE(knob.ok());
    knobs.push_back(*std::move(knob));
  }
  auto space = sweep::span(std::move(knobs), most);
  REQUIRE(space.ok());
  return *std::move(space);
}

inline sweep::Scenario scenario_of(const std::string& name,
                                   const std::vector<std::string>& phases) {
  sweep::Scenario scenario{.name = name, .phases = {}};
  for (const auto& text : phases) {
    scenario.phases.push_back(*faults::parse_phase(text));
  }
  return scenario;
}

// Nobody answers for about 10 s.
inline std::vector<sweep::Scenario> blackout() {
  return {scenario_of("blackout", {"normal 3s", "out 10s errors=hang:100%", "recovered 16s"})};
}

inline sweep::Plan plan_of(const std::string& breaker, const std::vector<std::string>& over,
                           const sweep::AimTexts& aims,
                           std::vector<sweep::Scenario> scenarios = blackout()) {
  sweep::Plan plan;
  plan.base = base_of(breaker);
  plan.space = space_of(over);
  plan.scenarios = std::move(scenarios);
  std::vector<std::string> names;
  for (const auto& scenario : plan.scenarios) {
    names.push_back(scenario.name);
  }
  auto parsed = sweep::parse_aims(aims, names);
  INFO((parsed ? "" : parsed.error().message));
  REQUIRE(parsed.ok());
  plan.aims = *std::move(parsed);
  return plan;
}

inline sweep::Sweep prepared(sweep::Plan plan) {
  auto sweep = sweep::Sweep::prepare(std::move(plan));
  INFO((sweep ? "" : sweep.error().message));
  REQUIRE(sweep.ok());
  return *std::move(sweep);
}

inline sweep::Findings raced(sweep::Sweep sweep) {
  while (const auto jobs = sweep.next_round()) {
    for (std::size_t job = 0; job < *jobs; ++job) {
      sweep.run(job);
    }
  }
  return sweep.findings();
}

inline sweep::Findings swept(sweep::Plan plan) { return raced(prepared(std::move(plan))); }

inline std::string picked(const sweep::Findings& findings) {
  return findings.pick ? findings.rows[*findings.pick].name : "none";
}

}  // namespace tripcurve::testing
