// A distribution of times in a few numbers.
#pragma once

#include <cstdint>

#include "core/histogram.hpp"
#include "core/time.hpp"

namespace tripcurve::report {

struct LatencyStats {
  std::uint64_t count = 0;  // with none, the durations mean nothing
  Duration mean{}, p50{}, p90{}, p95{}, p99{}, p999{}, max{};

  [[nodiscard]] static LatencyStats of(const Histogram& h) {
    return {.count = h.count(),
            .mean = h.mean(),
            .p50 = h.quantile(0.5),
            .p90 = h.quantile(0.9),
            .p95 = h.quantile(0.95),
            .p99 = h.quantile(0.99),
            .p999 = h.quantile(0.999),
            .max = h.max()};
  }

  friend bool operator==(const LatencyStats&, const LatencyStats&) = default;
};

}  // namespace tripcurve::report
