// Experiments for the tests of trial/, and somebody who watches them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "expect/expectation.hpp"
#include "experiment/experiment.hpp"
#include "live/display.hpp"
#include "trial/trial.hpp"

namespace tripcurve::trial::testing {

inline std::vector<faults::PhaseSpec> phases_of(const std::vector<std::string>& texts) {
  std::vector<faults::PhaseSpec> phases;
  for (const auto& text : texts) {
    phases.push_back(faults::parse_phase(text).value());
  }
  return phases;
}

inline std::vector<expect::Expectation> expectations_of(const std::vector<std::string>& texts) {
  std::vector<expect::Expectation> all;
  for (const auto& text : texts) {
    all.push_back(expect::parse_expectation(text).value());
  }
  return all;
}

// 100 calls a second to an upstream that answers in 5 ms.
inline experiment::Experiment experiment_of(const std::vector<std::string>& phases) {
  auto experiment = experiment::outage();
  experiment.seed = 7;
  experiment.upstream = {.normal = {faults::parse_latency("5ms").value(), {}}};
  experiment.phases = phases_of(phases);
  experiment.loop = load::OpenLoop{.rate = Rate{100}};
  return experiment;
}

// Remembers what it was told, in order.
class Witness : public live::Display {
 public:
  [[nodiscard]] Duration interval() const override { return std::chrono::milliseconds(500); }
  void start(const live::Scene& told) override { scene.emplace(told); }
  void phase_began(const Phase& phase) override { words.push_back("phase " + phase.name); }
  void transition(const load::BreakerEvent& event) override {
    words.push_back("to " + std::string(name(event.transition.to)));
  }
  void tick(const report::Tick& tick) override { ticks.push_back(tick); }
  void note(const std::string& line) override { words.push_back("note " + line); }
  void finish() override { words.push_back("finish"); }

  std::optional<live::Scene> scene;
  std::vector<std::string> words;
  std::vector<report::Tick> ticks;
};

}  // namespace tripcurve::trial::testing
