// A circuit breaker as a policy: whether a call goes in is the breaker's decision, and how it ends
// is told to it.
#pragma once

#include <deque>

#include "breaker/breaker.hpp"
#include "client/policy.hpp"

namespace tripcurve::client {

// Who keeps the breaker of a call: there may be one for all, or one for each endpoint. Members are
// those of breaker::Breaker. Its keeper sees to its timers too, and then tells the client
// (Client::breakers_ticked).
class Breakers {
 public:
  virtual ~Breakers() = default;

  [[nodiscard]] virtual breaker::Admission try_acquire(std::uint32_t call, TimePoint now) = 0;
  [[nodiscard]] virtual breaker::Admission resume(std::uint32_t call, const breaker::Permit& held,
                                                  TimePoint now) = 0;
  virtual void connected(std::uint32_t call, breaker::Permit& permit, TimePoint now) = 0;
  virtual void answering(std::uint32_t call, breaker::Permit& permit, Outcome outcome,
                         std::uint16_t status, TimePoint now) = 0;
  virtual void record(std::uint32_t call, const breaker::Permit& permit, Outcome outcome,
                      CallEnd end, TimePoint now) = 0;
  // The call is over, and the breaker will never hear of it.
  virtual void forget(std::uint32_t call, const breaker::Permit& permit) = 0;
};

class Breaker final : public Policy {
 public:
  // `breakers` must outlive it; `rules` say what it is told of an ending. Of a call that was given
  // up from outside it may not hear at all.
  Breaker(Breakers& breakers, EndingRules rules, bool hears_of_cancelled = true)
      : breakers_(breakers), rules_(std::move(rules)), hears_of_cancelled_(hears_of_cancelled) {}

  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void given_up(Client& client, FrameId frame, TimePoint now) override;
  void connected(Client& client, FrameId frame, TimePoint now) override;
  void answering(Client& client, FrameId frame, std::uint16_t status, TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;
  void breakers_ticked(Client& client, TimePoint now) override;

 private:
  void decided(Client& client, FrameId frame, const breaker::Admission& admission, TimePoint now);
  void ask_again(Client& client, TimePoint now);
  void look_again_later(Client& client, TimePoint now);

  Breakers& breakers_;
  EndingRules rules_;
  bool hears_of_cancelled_;
  std::deque<FrameId> held_;  // told to wait, the oldest first
  bool asking_ = false;
  bool to_ask_anew_ = false;  // what asking brought about has changed what was asked
};

}  // namespace tripcurve::client
