// Hands a limit one sample for each stretch of time in place of every one: the mean time of the
// calls that ended in it, the most that were under way, and whether any was dropped.
//
// Rules and defaults of WindowedLimit.java and ImmutableAverageSampleWindow.java (Netflix
// concurrency-limits 0.5.4), and held to a recording of them (tests/golden/limits). The first
// window ends with the first sample, which is thereby lost, as there.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>

#include "client/limits/limit.hpp"

namespace tripcurve::client {

struct WindowConfig {
  Duration least = std::chrono::seconds(1);  // a window lasts twice the shortest time in the one
  Duration most = std::chrono::seconds(1);   // before it, within these bounds
  std::uint32_t samples = 10;                // with fewer, a window is forgotten
  Duration least_rtt = std::chrono::microseconds(100);  // what is shorter is no sample

  friend bool operator==(const WindowConfig&, const WindowConfig&) = default;
};

class WindowedLimit final : public Limit {
 public:
  WindowedLimit(const WindowConfig& config, std::unique_ptr<Limit> limit)
      : config_(config), limit_(std::move(limit)) {}

  std::uint32_t at(TimePoint now) override { return limit_->at(now); }
  void sample(const LimitSample& sample) override;

 private:
  struct Window {
    Duration shortest = Duration::max();
    Duration sum{};
    std::uint32_t in_flight = 0;
    std::uint32_t count = 0;
    bool dropped = false;
  };

  WindowConfig config_;
  std::unique_ptr<Limit> limit_;
  Window window_;
  TimePoint until_{};
};

}  // namespace tripcurve::client
