// A circuit breaker as a policy: whether a call goes in is the breaker's decision, and how it ends
// is told to it.
#pragma once

#include <deque>
#include <optional>

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

// What of an answer a breaker is told.
enum class Judges : std::uint8_t {
  end,   // how it ended: one that was cut is no answer
  head,  // its status, as soon as its head is there, and nothing of what comes after it
};

class Breaker final : public Policy {
 public:
  struct Hears {
    bool of_cancelled = true;     // of a call that was given up from outside
    Judges judges = Judges::end;  // by
    // A head that comes may not be that of the answer: what is inside may try again. Then it is
    // judged by the head of the answer when the call has ended.
    bool head_is_last = true;
  };

  // `breakers` must outlive it; `rules` say what it is told of an ending. With `gives_up_after` a
  // timeout stands directly inside of it (policies/timeout.hpp), of which every call has one: it
  // gives up what the breaker let in after so long, and needs no passage of its own for that.
  Breaker(Breakers& breakers, EndingRules rules, Hears hears,
          std::optional<Duration> gives_up_after = std::nullopt)
      : breakers_(breakers),
        rules_(std::move(rules)),
        hears_(hears),
        gives_up_after_(gives_up_after) {}

  [[nodiscard]] bool heeds_progress() const override {
    return hears_.judges == Judges::head && hears_.head_is_last;
  }
  void enter(Client& client, FrameId frame, TimePoint now) override;
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override;
  void given_up(Client& client, FrameId frame, TimePoint now) override;
  void connected(Client& client, FrameId frame, TimePoint now) override;
  void answering(Client& client, FrameId frame, std::uint16_t status, TimePoint now) override;
  void woken(Client& client, FrameId frame, TimePoint now) override;
  void woken_in_line(Client& client, FrameId frame, TimePoint now) override;
  void breakers_ticked(Client& client, TimePoint now) override;

 private:
  void decided(Client& client, FrameId frame, const breaker::Admission& admission, TimePoint now);
  void over(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void judge(Client& client, FrameId frame, const Ending& ending, TimePoint now);
  void ask_again(Client& client, TimePoint now);
  void look_again_later(Client& client, TimePoint now);

  Breakers& breakers_;
  EndingRules rules_;
  Hears hears_;
  std::optional<Duration> gives_up_after_;
  std::deque<FrameId> held_;  // told to wait, the oldest first
  bool asking_ = false;
  bool to_ask_anew_ = false;  // what asking brought about has changed what was asked
};

}  // namespace tripcurve::client
