// Sends a call again while it is still under way: after a delay, or at once when an attempt has
// failed. The first that does not fail is the answer, and the others are given up.
//
// Rules as Polly's HedgingExecutionContext.cs: when all have failed, the first one's ending is the
// answer; every attempt that begins sets the delay anew; a delay of zero sends all at once. Where
// failsafe-go (hedgeexecutor.go v0.9.8) is otherwise is a setting.
#pragma once

#include <optional>

#include "client/per_instance.hpp"
#include "client/policy.hpp"
#include "core/histogram.hpp"

namespace tripcurve::client {

struct HedgingConfig {
  std::uint32_t most = 1;  // attempts behind the first
  Duration delay = std::chrono::seconds(2);
  // As a share: the delay is this quantile of how long an instance's first attempts took so far,
  // once there are `enough` of them. One that a later attempt has overtaken counts with the time
  // until then, which is more than the delay, so that hedging does not make its own delay shorter.
  // (Dean and Barroso, The Tail at Scale, 2013, wait for the 95th percentile.)
  std::optional<double> quantile{};
  static constexpr std::uint64_t enough = 20;
  EndingRules rules{};        // what is a failure to it is not taken for an answer
  bool hurries = true;        // when the last attempt has failed, the next goes out at once
  bool answers_first = true;  // when all have failed, with the first one's ending; else the last's

  friend bool operator==(const HedgingConfig&, const HedgingConfig&) = default;
};

class Hedging final : public Policy {
 public:
  Hedging(HedgingConfig config, const Instances& instances)
      : config_(std::move(config)), firsts_(instances, [](std::uint32_t) { return Histogram(); }) {}

  [[nodiscard]] bool lets_in_together() const override { return true; }
  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;

 private:
  // Either may end the passage in `frame`.
  void go_on(Client& client, FrameId frame, TimePoint now);
  [[nodiscard]] bool is_last_to_end(const Frame& passage) const;
  void settle(Client& client, FrameId frame, TimePoint now);
  [[nodiscard]] Duration delay(Client& client, FrameId frame);
  void note_first(Client& client, FrameId frame, TimePoint now);

  HedgingConfig config_;
  PerInstance<Histogram> firsts_;  // how long first attempts took; only with a quantile
};

}  // namespace tripcurve::client
