// Gives up what is inside of it after a time: one attempt, or all of a call with its waits.
#pragma once

#include "client/policy.hpp"

namespace tripcurve::client {

struct TimeoutConfig {
  Duration after = std::chrono::seconds(1);
  friend bool operator==(const TimeoutConfig&, const TimeoutConfig&) = default;
};

class Timeout final : public Policy {
 public:
  explicit Timeout(const TimeoutConfig& config) : config_(config) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;

 private:
  TimeoutConfig config_;
};

}  // namespace tripcurve::client
