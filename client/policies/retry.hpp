// Lets a call in again when it failed, after a wait.
//
// Rules as Polly's RetryResilienceStrategy.cs: the answer is that of the last attempt; a call that
// is given up while it waits ends as cancelled. What other libraries do otherwise is a setting,
// held to recordings of resilience4j 2.4.0 and failsafe-go v0.9.8 (tests/golden/calls).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "client/backoff.hpp"
#include "client/budget.hpp"
#include "client/per_instance.hpp"
#include "client/policy.hpp"

namespace tripcurve::client {

struct RetryConfig {
  std::uint32_t most = 3;  // retries: attempts behind the first
  Backoff backoff{};
  // An answer's Retry-After takes the place of the wait, however long it is, unless it names a time
  // that is over.
  bool heed_retry_after = true;
  EndingRules rules{};  // what is a failure to it, it tries again
  // The last attempt's failure is followed by a wait, too, before the caller hears of it.
  bool wait_after_last = false;

  // A wait that Retry-After told is a step of the back-off, too.
  bool told_grows = true;
  bool told_by_any_status = true;  // else by 429 and 503 only
  // Counted from the beginning of the call: what fails later is not tried again.
  std::optional<Duration> max_duration{};
  // What becomes of a wait that would last until then or longer.
  enum class LateWait : std::uint8_t {
    shorten,   // it ends then, and a last attempt follows (failsafe-go)
    wait_out,  // it takes its time, and no attempt follows, nor after one that ends just then
               // (Retry.java of SmallRye Fault Tolerance 6.11)
    stop,      // it is not begun if it would last longer (NextBackOff() of cenkalti/backoff v4)
  };
  LateWait late_wait = LateWait::shorten;
  // What is a failure to these rules ends it at once, attempts left or not.
  std::optional<EndingRules> aborts{};
  // When the attempts are used up, the caller hears that in place of the last ending: of any, or of
  // those that are no exceptions to its library.
  enum class Exceeded : std::uint8_t { last, error, error_of_results };
  Exceeded exceeded = Exceeded::last;
  Budget budget{};  // of all calls of an instance: a failure that it does not pay for is final

  friend bool operator==(const RetryConfig&, const RetryConfig&) = default;
};

class Retry final : public Policy {
 public:
  Retry(RetryConfig config, const CallFacts& facts)
      : config_(std::move(config)),
        budgets_(facts.instances, [this](std::uint32_t) { return RetryBudget(config_.budget); }),
        draw_(facts.draw) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;
  void given_up(Client& client, FrameId frame, TimePoint now) override;

 private:
  [[nodiscard]] RetryBudget& budget_of(Client& client, FrameId frame);
  [[nodiscard]] bool is_over(Duration left) const;
  void go_on_after(Client& client, FrameId frame, Duration wait, TimePoint now);
  void leave(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void try_now(Client& client, FrameId frame, TimePoint now);
  [[nodiscard]] bool is_told(const Ending& ending) const;
  [[nodiscard]] Ending used_up(const Ending& last) const;
  [[nodiscard]] bool ends_with(const Ending& ending) const;
  [[nodiscard]] Duration wait_after(const Frame& passage, Notes& notes, const Ending& ending) const;

  RetryConfig config_;
  PerInstance<RetryBudget> budgets_;
  std::function<double(std::uint32_t call, std::uint32_t retry)> draw_;
};

}  // namespace tripcurve::client
