// Answers in place of what failed: a static answer.
#pragma once

#include "client/policy.hpp"

namespace tripcurve::client {

struct FallbackConfig {
  std::uint16_t status = 200;
  EndingRules rules{};  // what is a failure to it, it answers

  friend bool operator==(const FallbackConfig&, const FallbackConfig&) = default;
};

class Fallback final : public Policy {
 public:
  explicit Fallback(FallbackConfig config) : config_(std::move(config)) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;

 private:
  FallbackConfig config_;
};

}  // namespace tripcurve::client
