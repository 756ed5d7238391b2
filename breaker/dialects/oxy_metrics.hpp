// What oxy's breaker measures (memmetrics), and its condition asks for.
//
// Rules, read from memmetrics/{roundtrip,counter,histogram}.go at v2.2.0 and hdr.go of
// hdrhistogram-go v1.2.0:
//   counts     per status, of the last ten seconds on the grid of the epoch, the present one
//   included latencies  six histograms of two significant figures in microseconds, up to 2^32. A
//   call that
//              ends 10 s or more after the last turn turns them by exactly one, however long ago
//              that was; all six are asked, and nothing else ages them
//   reset      empties all; the next turn is 10 s from then
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "breaker/parts/bucket_ring.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

// Statuses of [first, end).
struct OxyCodes {
  double first;
  double end;
};

class OxyMetrics {
 public:
  void record(std::uint16_t status, Duration latency, TimePoint now);
  void reset(TimePoint now);
  void advance_to(TimePoint now);  // before it is asked

  [[nodiscard]] std::uint64_t total() const;
  // 502 and 504 of all; 0 of none.
  [[nodiscard]] double network_error_ratio() const;
  [[nodiscard]] double response_code_ratio(OxyCodes part, OxyCodes whole) const;
  // In whole milliseconds, cut.
  [[nodiscard]] std::int64_t latency_at_quantile(double percent) const;

 private:
  using Histogram = std::map<std::int64_t, std::uint64_t>;  // by the least value of equal ones

  [[nodiscard]] std::uint64_t count(OxyCodes codes) const;

  std::map<std::uint16_t, GridWindow> statuses_;
  std::array<Histogram, 6> histograms_;
  std::size_t histogram_ = 0;  // the present one
  std::optional<TimePoint> turned_;
};

}  // namespace tripcurve::breaker
