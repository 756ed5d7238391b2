// A client on a wire that does what the test says, with all that it tells the wire as one text.
#pragma once

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/client.hpp"
#include "client/config.hpp"
#include "core/ensure.hpp"
#include "tests/support/breakers.hpp"

namespace tripcurve::testing {

using client::Backoff;
using client::BreakerConfig;
using client::BulkheadConfig;
using client::EndingRules;
using client::FallbackConfig;
using client::HedgingConfig;
using client::Policies;
using client::RetryConfig;
using client::TimeoutConfig;
using Kind = client::Ending::Kind;

// Opens at the first failure.
inline BreakerConfig classic() { return {.choice = choice("classic,FailureThreshold=1")}; }

inline RetryConfig retry(std::uint32_t most, Duration delay = std::chrono::milliseconds(100)) {
  return {.most = most, .backoff = {.delay = delay}};
}

inline std::string words(const client::Ending& ending) {
  const auto end = ending.end.kind() == CallEnd::Kind::answer ? std::to_string(ending.end.status())
                                                              : tripcurve::words(ending.end);
  if (ending.exceeded) {
    return "exceeded after " + end;
  }
  switch (ending.kind) {
    case Kind::wire:
      return end;
    case Kind::fallback:
      return "fallback " + end;
    case Kind::timed_out:
      return "timed out";
    case Kind::open:
      return std::string(ending.error);
    case Kind::full:
      return "full";
    case Kind::cancelled:
      return "cancelled";
  }
  return {};
}

// One breaker for all calls, which counts the permits that it has out.
class OneBreaker final : public client::Breakers {
 public:
  explicit OneBreaker(const breaker::Choice& choice) : breaker_(choice.make(Random(1))) {}

  breaker::Admission try_acquire(std::uint32_t /*call*/, TimePoint now) override {
    return noted(breaker_->try_acquire(now));
  }
  breaker::Admission resume(std::uint32_t /*call*/, const breaker::Permit& held,
                            TimePoint now) override {
    return noted(breaker_->resume(held, now));
  }
  void connected(std::uint32_t /*call*/, breaker::Permit& permit, TimePoint now) override {
    permit.told = breaker::Stage::connected;
    breaker_->connected(permit, now);
  }
  void answering(std::uint32_t /*call*/, breaker::Permit& permit, Outcome outcome,
                 std::uint16_t status, TimePoint now) override {
    permit.told = breaker::Stage::answering;
    breaker_->answering(permit, outcome, status, now);
  }
  void record(std::uint32_t /*call*/, const breaker::Permit& permit, Outcome outcome, CallEnd end,
              TimePoint now) override {
    ENSURE(permits_-- > 0);
    heard_ += (heard_.empty() ? "" : ", ") + std::string(name(outcome));
    told_ = permit.told;
    breaker_->record(permit, outcome, end, now);
  }
  void forget(std::uint32_t /*call*/, const breaker::Permit& /*permit*/) override {
    ENSURE(permits_-- > 0);
    heard_ += (heard_.empty() ? "" : ", ") + std::string("nothing");
  }
  // Sees to the timers that are due at `now`.
  [[nodiscard]] TimePoint next_tick() const { return breaker_->next_tick(); }
  void tick(TimePoint now) {
    if (breaker_->next_tick() <= now) {
      breaker_->tick(now);
    }
  }

  [[nodiscard]] int permits() const { return permits_; }
  [[nodiscard]] breaker::State state() const { return breaker_->state(); }
  // What was recorded, since it was last asked.
  [[nodiscard]] std::string heard() { return std::exchange(heard_, {}); }
  // How far the breaker knew the call that was recorded last to be.
  [[nodiscard]] breaker::Stage told() const { return told_; }

 private:
  breaker::Admission noted(const breaker::Admission& admission) {
    permits_ += admission.answer == breaker::Admission::Answer::admitted ? 1 : 0;
    return admission;
  }

  std::unique_ptr<breaker::Breaker> breaker_;
  int permits_ = 0;
  std::string heard_;
  breaker::Stage told_ = breaker::Stage::sent;
};

// When something is due of a client or of the breakers that its driver keeps for it.
inline TimePoint next_due(client::Client& client, const std::deque<OneBreaker>& breakers) {
  auto due = client.next_due();
  for (const auto& breaker : breakers) {
    due = std::min(due, breaker.next_tick());
  }
  return due;
}

inline void tick(client::Client& client, std::deque<OneBreaker>& breakers, TimePoint now) {
  for (auto& breaker : breakers) {
    breaker.tick(now);
  }
  client.breakers_ticked(now);
  client.tick(now);
}

class Rig final : public client::Wire {
 public:
  explicit Rig(const Policies& policies, double draw = 0.5, const client::Instances& instances = {})
      : client_(client::make_policies(
                    policies,
                    [this](const BreakerConfig& config) -> client::Breakers& {
                      return breakers_.emplace_back(config.choice);
                    },
                    {.draw = [draw](std::uint32_t, std::uint32_t) { return draw; },
                     .key = [](std::uint32_t call, std::uint64_t keys) { return call % keys; },
                     .instances = instances},
                    Random(1)),
                *this) {}

  void begin(std::uint32_t call) { client_.begin(call, now_); }
  void gone(std::uint32_t call) { client_.gone(call, now_); }

  // The reply to an attempt: "0.2" is the second of call 0.
  void reply(const std::string& attempt, const client::Ending& ending) {
    const auto found = under_way_.extract(attempt);
    ENSURE(!found.empty());
    client_.ended(found.mapped(), ending, now_);
  }
  void reply(const std::string& attempt, int status,
             std::optional<Duration> retry_after = std::nullopt) {
    reply(attempt, {.end = {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)},
                    .retry_after = retry_after});
  }
  void connected(const std::string& attempt) { client_.connected(under_way_.at(attempt), now_); }
  void answering(const std::string& attempt, std::uint16_t status) {
    connected(attempt);
    client_.answering(under_way_.at(attempt), status, now_);
  }

  // Lets time pass, with all that is due by then.
  void to(int ms) {
    for (const auto until = at_ms(ms); now_ < until;) {
      now_ = std::min(next_due(), until);
      tick(client_, breakers_, now_);
      ENSURE(next_due() >= now_);
    }
  }

  [[nodiscard]] TimePoint next_due() { return testing::next_due(client_, breakers_); }

  // What the client did since it was last asked, such as "send 0.1, cancel 0.1, 0: timed out".
  [[nodiscard]] std::string did() { return std::exchange(did_, {}); }
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }
  [[nodiscard]] OneBreaker& breaker() { return breakers_.front(); }
  // What an adaptive policy has told last.
  [[nodiscard]] std::uint32_t limit() const { return limit_; }
  [[nodiscard]] client::Client& client() { return client_; }

  void send(const client::Attempt& attempt, TimePoint now) override {
    ENSURE(now == now_ && under_way_.emplace(name(attempt), attempt.id).second);
    note("send " + name(attempt));
  }
  CallEnd cancel(const client::Attempt& attempt, TimePoint now) override {
    ENSURE(now == now_ && under_way_.erase(name(attempt)) == 1);
    note("cancel " + name(attempt));
    return {CallEnd::Kind::timeout, 0};
  }
  void answered(std::uint32_t call, const client::Ending& ending, TimePoint now) override {
    ENSURE(now == now_);
    note(fmt::format("{}: {}", call, words(ending)));
  }
  void fell_back(std::uint32_t call, const client::FallbackEvent& event) override {
    static constexpr std::array kinds{"stale", "missed", "queue full", "drained", "lost"};
    note(fmt::format("{} {}", call, kinds.at(static_cast<std::size_t>(event.kind))));
    if (event.age > Duration{}) {
      did_ += fmt::format(" after {}ms", event.age / std::chrono::milliseconds(1));
    }
  }
  void let_go_over(std::uint32_t call, TimePoint now) override {
    ENSURE(now == now_);
    note(fmt::format("{} over", call));
  }
  void limited(std::uint32_t limit, TimePoint now) override {
    ENSURE(now == now_ && limit != limit_);
    limit_ = limit;
  }

 private:
  static std::string name(const client::Attempt& attempt) {
    return fmt::format("{}.{}", attempt.call, attempt.number);
  }
  void note(const std::string& text) { did_ += (did_.empty() ? "" : ", ") + text; }

  std::deque<OneBreaker> breakers_;
  client::Client client_;
  TimePoint now_{};
  std::map<std::string, client::FrameId> under_way_;
  std::string did_;
  std::uint32_t limit_ = 0;
};

}  // namespace tripcurve::testing
