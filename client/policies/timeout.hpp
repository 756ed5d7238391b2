// Gives up what is inside of it after a time: one attempt, or all of a call with its waits. An
// attempt may have less time to get its connection.
//
// That it may let it go on instead is resilience4j's TimeLimiter with a CompletionStage, or without
// cancelRunningFuture (2.4.0, recorded in tests/golden/calls).
#pragma once

#include <optional>

#include "client/policy.hpp"

namespace tripcurve::client {

struct TimeoutConfig {
  Duration after = std::chrono::seconds(1);
  // What is inside is given up. Else it goes on, and nobody waits for it: it keeps what it holds,
  // as a place in a bulkhead, until it ends, and a breaker inside hears how.
  bool cancels = true;
  // The first attempt inside must have its connection within this; of no account where it is not
  // shorter than `after`.
  std::optional<Duration> connect{};
  friend bool operator==(const TimeoutConfig&, const TimeoutConfig&) = default;
};

// What a timeout that has given up what is inside of it makes of how that ended: it has timed out,
// unless it has ended by itself at that very moment.
[[nodiscard]] Ending after_giving_up(const Ending& ending);

class Timeout final : public Policy {
 public:
  explicit Timeout(const TimeoutConfig& config) : config_(config) {}

  [[nodiscard]] bool heeds_progress() const override {
    return config_.connect && *config_.connect < config_.after;
  }
  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void connected(Client& client, FrameId frame, TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;

 private:
  TimeoutConfig config_;
};

}  // namespace tripcurve::client
