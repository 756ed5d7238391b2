// What is measured of a run, and what is said of many runs: "p95 time_to_close in down".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "expect/expectation.hpp"
#include "expect/metrics.hpp"
#include "report/summary.hpp"
#include "sweep/scenarios.hpp"

namespace tripcurve::sweep {

// Those that every sweep measures, in this order: the sides of the front, each better when lower.
enum class Side : std::uint8_t {
  time_to_open,   // in ms; a fault that it did not open for counts as its length
  time_to_close,  // in ms; of a breaker that did not open zero, and if it did not close, the time
                  // that it had
  false_trips_per_month,
  wasted_calls,   // that were sent during a fault, and failed; per run
  rejected_good,  // rejected calls that would have succeeded; per run
};
inline constexpr std::size_t side_count = 5;

// What one run says of a measure.
struct Sample {
  std::vector<double> values{};  // one for each fault, or for each breaker
  std::vector<double> waited{};  // what did not come, in the time that there was for it

  // What did not come counts as what was waited.
  [[nodiscard]] std::optional<double> mean() const;
};

struct Measure {
  std::string_view name;
  std::string_view summary;
  expect::Unit unit = expect::Unit::count;
  expect::Better better = expect::Better::lower;
  const expect::Metric* metric = nullptr;  // none: a sweep's own
  std::optional<breaker::State> state{};

  friend bool operator==(const Measure&, const Measure&) = default;
};

// The five sides.
[[nodiscard]] std::span<const Measure> sides();
[[nodiscard]] inline const Measure& measure_of(Side side) {
  return sides()[static_cast<std::size_t>(side)];
}

// A side, or a metric of expectations that a single simulated run can tell. The Error suggests one
// that is meant.
[[nodiscard]] Result<Measure> find_measure(std::string_view name);

// What a run of that scenario says of it. Of a scenario of every day, nothing is told that is about
// a fault.
[[nodiscard]] Sample sample_of(const Measure& measure, const report::Summary& summary,
                               const Scenario& scenario);

}  // namespace tripcurve::sweep
