#include "trial/fault_control.hpp"

#include <string>
#include <utility>

namespace tripcurve::trial {
namespace {

serve::ControlledState state_of(const ControlledUpstream& upstream) {
  const auto& plan = upstream.injector.plan();
  const auto now = upstream.injector.plan_time(upstream.clock.now());
  const auto ledger = upstream.ledger();
  serve::ControlledState state{.now = now, .seed = upstream.seed, .phase = plan.phase_at(now)};
  for (std::size_t i = 0; i < plan.phases().size(); ++i) {
    const auto& when = plan.timetable().phases()[i];
    const auto& counted = ledger.phases()[i];
    const bool is_endless = i + 1 == plan.phases().size() && plan.after() != faults::After::again;
    const bool is_added = i + 1 == plan.phases().size() && plan.after() == faults::After::normal;
    state.phases.push_back({.name = plan.phases()[i].name,
                            .text = is_added ? when.name : plan.phases()[i].text(),
                            .begin = when.begin,
                            .end = is_endless ? never : when.end,
                            .arrived = counted.requests + counted.strangers,
                            .served = counted.served,
                            .injected = counted.injected});
  }
  state.injected = upstream.by_hand.injected();
  state.plan = faults::explain(plan, std::nullopt);
  return state;
}

}  // namespace

serve::Settings examples_of_faults() {
  serve::Settings examples;
  for (const auto& [name, example] : faults::phase_settings()) {
    examples.emplace_back(name, example);
  }
  return examples;
}

serve::FaultControls fault_controls(ControlledUpstream upstream) {
  serve::FaultControls controls;
  controls.examples = examples_of_faults();
  controls.state = [upstream] { return std::optional(state_of(upstream)); };
  controls.inject = [upstream](const serve::Settings& settings) {
    auto mistake = upstream.by_hand.inject(settings, upstream.answers, upstream.clock.now());
    if (!mistake) {
      upstream.follow_plan();
    }
    return mistake;
  };
  controls.clear = [upstream] {
    upstream.by_hand.clear(upstream.clock.now());
    upstream.follow_plan();
  };
  if (upstream.count_anew) {
    controls.go_to = [upstream](std::size_t phase) {
      const auto& plan = upstream.injector.plan();
      const auto now = upstream.clock.now();
      upstream.injector.go_to(plan.timetable().phases()[phase].begin, now);
      upstream.by_hand.went_to(plan.phases()[phase].name, now);
      upstream.follow_plan();
    };
    controls.reset = [upstream] {
      const auto now = upstream.clock.now();
      upstream.by_hand.clear(now);
      upstream.injector.go_to(TimePoint{}, now);
      upstream.by_hand.began_anew(now);
      upstream.count_anew();
      upstream.follow_plan();
    };
  }
  return controls;
}

}  // namespace tripcurve::trial
