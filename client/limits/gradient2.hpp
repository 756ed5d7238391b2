// Compares each sample with a long average: while samples take no longer than that, the limit grows
// by a queue's length; when they do, it shrinks by as much, at most to half, smoothed.
//
// Rules and defaults of Gradient2Limit.java and ExpAvgMeasurement.java (Netflix concurrency-limits
// 0.5.4), and held to a recording of them (tests/golden/limits).
#pragma once

#include "client/limits/limit.hpp"

namespace tripcurve::client {

struct Gradient2Config {
  std::uint32_t initial = 20;
  std::uint32_t least = 20;
  std::uint32_t most = 200;
  double smoothing = 0.2;           // how much of a new estimate is taken
  std::uint32_t queue = 4;          // that the limit grows by
  std::uint32_t long_window = 600;  // samples of the long average
  double tolerance = 1.5;           // samples may take so many times the average; 1 at least

  friend bool operator==(const Gradient2Config&, const Gradient2Config&) = default;
};

class Gradient2Limit final : public Limit {
 public:
  explicit Gradient2Limit(const Gradient2Config& config)
      : config_(config), estimate_(config.initial) {}

  std::uint32_t at(TimePoint /*now*/) override { return static_cast<std::uint32_t>(estimate_); }
  void sample(const LimitSample& sample) override;

 private:
  double average_with(double rtt);

  Gradient2Config config_;
  double estimate_;
  double long_rtt_ = 0;  // in nanoseconds, as are samples
  double warmup_sum_ = 0;
  std::uint32_t warmed_up_ = 0;
};

}  // namespace tripcurve::client
