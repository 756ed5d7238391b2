// What a call pays for being counted.

#include <vector>

#include "bench/bench.hpp"
#include "core/histogram.hpp"
#include "core/random.hpp"

namespace tripcurve::bench {

void bench_histogram() {
  // Durations as they come: spread over three powers of ten, so that the buckets are, too.
  std::vector<Duration> durations(4096);
  Random random(1);
  for (auto& duration : durations) {
    const double spread = random.unit() * random.unit() * random.unit();
    duration = Duration(static_cast<Duration::rep>(1e5 + 1e8 * spread));
  }
  Histogram histogram;
  print("histogram, record", nanoseconds_per_operation([&](std::uint64_t n) {
          for (std::uint64_t i = 0; i < n; ++i) {
            histogram.record(durations[i % durations.size()]);
          }
        }),
        "ns");
  print("histogram, a percentile", nanoseconds_per_operation([&](std::uint64_t n) {
          for (std::uint64_t i = 0; i < n; ++i) {
            keep(histogram.quantile(0.99));
          }
        }),
        "ns");
}

}  // namespace tripcurve::bench
