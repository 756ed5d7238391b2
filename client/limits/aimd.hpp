// Additive increase, multiplicative decrease: one more with each good sample while at least half of
// the places are taken, and a share less with each that was dropped or took too long.
//
// Rules and defaults of AIMDLimit.java (Netflix concurrency-limits 0.5.4), and held to a recording
// of it (tests/golden/limits).
#pragma once

#include "client/limits/limit.hpp"

namespace tripcurve::client {

struct AimdConfig {
  std::uint32_t initial = 20;
  std::uint32_t least = 20;
  std::uint32_t most = 200;
  double backoff_ratio = 0.9;                  // from 0.5 to less than 1
  Duration timeout = std::chrono::seconds(5);  // a sample that took longer is as if dropped

  friend bool operator==(const AimdConfig&, const AimdConfig&) = default;
};

class AimdLimit final : public Limit {
 public:
  explicit AimdLimit(const AimdConfig& config) : config_(config), limit_(config.initial) {}

  std::uint32_t at(TimePoint /*now*/) override { return limit_; }
  void sample(const LimitSample& sample) override;

 private:
  AimdConfig config_;
  std::uint32_t limit_;
};

}  // namespace tripcurve::client
