// How fast virtual time goes: the built-in outage, stretched to an hour, at 10,000 calls per
// second.

#include "bench/bench.hpp"
#include "experiment/experiment.hpp"
#include "sim/world.hpp"

namespace tripcurve::bench {

void bench_simulate() {
  auto hour = experiment::outage();
  Duration length{};
  for (const auto& phase : hour.phases) {
    length += phase.length;
  }
  for (auto& phase : hour.phases) {
    phase.length *= std::chrono::hours(1) / length;
  }
  hour.loop = load::OpenLoop{.rate = Rate{10'000}};

  Repeats calls_per_second;
  for (auto& measured : calls_per_second) {
    auto bank = experiment::breaker_bank(hour);
    const auto plan = experiment::fault_plan(hour);
    faults::Injector injector(plan);
    auto load = experiment::load_plan(hour);
    load.would_succeed = experiment::would_succeed(hour, injector);
    std::uint64_t calls = 0;
    const double taken = seconds([&] {
      const auto outcome = sim::run_world(
          load, injector, bank, {},
          {std::chrono::seconds(1), [](const auto&, const auto&, TimePoint) { return true; }});
      for (const auto& phase : outcome.tally.phases) {
        calls += phase.counts().calls;
      }
    });
    measured = static_cast<double>(calls) / taken / 1e6;
  }
  print("simulate, an hour at 10,000/s through an outage", calls_per_second, "M calls/s");
}

}  // namespace tripcurve::bench
