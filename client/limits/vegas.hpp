// Estimates how many calls queue upstream from how much longer a sample takes than the shortest one
// did, and keeps that number between two bounds, as TCP Vegas does. Now and then it takes the next
// sample for the shortest, so that it learns of an upstream that has become slower for good.
//
// Rules and defaults of VegasLimit.java and Log10RootIntFunction.java (Netflix concurrency-limits
// 0.5.4), and held to a recording of them (tests/golden/limits).
#pragma once

#include <optional>

#include "client/limits/limit.hpp"

namespace tripcurve::client {

struct VegasConfig {
  std::uint32_t initial = 20;
  std::uint32_t most = 1000;
  double smoothing = 1;                  // how much of a new estimate is taken
  std::optional<std::uint32_t> alpha{};  // fewer queue: it grows; else 3 times log10 of the limit
  std::optional<std::uint32_t> beta{};   // more queue: it shrinks; else 6 times log10 of the limit
  std::uint32_t probe_multiplier = 30;   // a new shortest after at most so many times the limit

  friend bool operator==(const VegasConfig&, const VegasConfig&) = default;
};

class VegasLimit final : public Limit {
 public:
  VegasLimit(const VegasConfig& config, Draw draw);

  std::uint32_t at(TimePoint /*now*/) override { return static_cast<std::uint32_t>(estimate_); }
  void sample(const LimitSample& sample) override;

 private:
  [[nodiscard]] bool is_time_to_probe();
  [[nodiscard]] std::optional<double> wanted(const LimitSample& sample) const;
  void draw_jitter();

  VegasConfig config_;
  Draw draw_;
  double estimate_;
  Duration shortest_{};  // zero: there is none yet
  std::uint32_t since_probe_ = 0;
  double jitter_ = 0;
};

}  // namespace tripcurve::client
