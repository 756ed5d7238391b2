// How fast virtual time goes: the built-in outage, stretched to an hour, at 10,000 calls per
// second.

#include "bench/bench.hpp"
#include "experiment/experiment.hpp"
#include "trial/virtual_time.hpp"

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
    trial::VirtualTime world;
    std::uint64_t calls = 0;
    const double taken =
        seconds([&] { calls = trial::run(hour, world, {}, {}, {}).totals.counts.calls; });
    measured = static_cast<double>(calls) / taken / 1e6;
  }
  print("simulate, an hour at 10,000/s through an outage", calls_per_second, "M calls/s");
}

}  // namespace tripcurve::bench
