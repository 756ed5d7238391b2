// A service that is played in virtual time, with a breaker of a dialect in it, and what is seen on
// both of its sides.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "core/random.hpp"
#include "through/seen.hpp"

namespace tripcurve::through {

using namespace std::chrono_literals;

class PlayedService {
 public:
  std::string breaker = "none";
  bool passes_identity_on = true;
  int attempts = 1;                   // per call, until one is answered well
  bool fallback = false;              // answers well instead of failing
  std::uint64_t cached_each = 0;      // every n-th call is answered by a cache
  double cached_share = 0;            // a cache answers so many calls, by chance
  Duration cached_for{};              // it gives a good answer again for so long
  bool answers_first = false;         // and calls its dependency 10 ms later
  Duration rejects_after{};           // a call that its bulkhead has no place for waits for one
  std::optional<Duration> health{};   // it asks its dependency that often on its own account
  std::size_t places = 1000;          // of its bulkhead
  std::size_t instances = 1;          // that calls go to in turn
  Duration gap = 5ms;                 // between calls
  Duration answers_after = 2ms;       // its dependency, while it is healthy
  Duration fails_after = 2ms;         // and otherwise
  Duration patience = 1h;             // it answers then, and leaves its request to itself
  std::uint64_t per_second = 100000;  // its rate limit, while its dependency is not healthy
  std::function<bool(TimePoint)> healthy = [](TimePoint) { return true; };
  std::optional<Shut> shut{};  // its dependency takes no connections
  std::function<bool(TimePoint)> down = [](TimePoint) { return false; };  // the service itself

  // Calls it that long; returns what is seen.
  Seen play(Duration length);

  // What its first breaker really did.
  std::vector<breaker::Transition> truth;

 private:
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const Event& other) const {
      return std::pair(other.at, other.order) < std::pair(at, order);
    }
  };
  void in(Duration delay, std::function<void()> act) {
    events_.push({now_ + delay, order_++, std::move(act)});
  }
  void decide(std::size_t call, int attempt);
  void answer(std::size_t call, bool good);
  [[nodiscard]] bool connects() const { return !shut || now_ < shut->from || shut->until <= now_; }

  TimePoint now_{};
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  std::vector<std::unique_ptr<breaker::Breaker>> breakers_;
  std::size_t busy_ = 0;
  std::int64_t second_ = -1;
  std::uint64_t in_second_ = 0;
  TimePoint fresh_until_{};
  Random random_{7};
  Seen seen_;
};

inline Seen PlayedService::play(Duration length) {
  for (std::size_t i = 0; i < instances; ++i) {
    breakers_.push_back(breaker::parse_choice(breaker).value().make(Random(1).fork(i)));
  }
  for (Duration due{}; due < length; due += gap) {
    events_.push({at(due), order_++, [this] {
                    const auto call = seen_.calls.size();
                    seen_.calls.push_back({.number = call + 1, .sent = now_});
                    if (down(now_)) {
                      in(100us, [this, call] {
                        seen_.calls[call].ended = now_;
                        seen_.calls[call].end = CallEnd(CallEnd::Kind::connect_failed, 0);
                      });
                    } else if (answers_first) {
                      answer(call, true);
                      in(10ms, [this, call] { decide(call, 1); });
                    } else {
                      in(300us, [this, call] { decide(call, 1); });
                    }
                  }});
  }
  if (health) {
    for (auto due = *health; due < length; due += *health) {
      events_.push({at(due), order_++, [this] { seen_.arrivals.push_back({.at = now_}); }});
    }
  }
  while (!events_.empty()) {
    const auto event = events_.top();
    events_.pop();
    now_ = event.at;
    event.act();
  }
  if (shut) {
    seen_.shut.push_back(*shut);
  }
  truth = breakers_.front()->take_transitions();
  return seen_;
}

inline void PlayedService::decide(std::size_t call, int attempt) {
  if ((cached_each > 0 && call % cached_each == 0) || now_ < fresh_until_ ||
      (cached_share > 0 && random_.unit() < cached_share)) {
    answer(call, true);
    return;
  }
  const auto second = std::chrono::floor<std::chrono::seconds>(now_.time_since_epoch()).count();
  in_second_ = second == second_ ? in_second_ : 0;
  second_ = second;
  if (busy_ >= places || (!healthy(now_) && in_second_ >= per_second)) {
    in(rejects_after, [this, call] { answer(call, fallback); });
    return;
  }
  auto& own = *breakers_[call % instances];
  const auto admission = own.try_acquire(now_);
  if (admission.answer != breaker::Admission::Answer::admitted) {
    answer(call, fallback);
    return;
  }
  ++in_second_;
  ++busy_;
  in(200us, [this, call, attempt, &own, permit = admission.permit] {
    const bool good = healthy(now_) && connects();
    const auto takes = good ? answers_after : fails_after;
    if (connects()) {
      seen_.arrivals.push_back(
          {.at = now_,
           .call = passes_identity_on ? std::optional(seen_.calls[call].number) : std::nullopt,
           .over = now_ + takes});
    }
    fresh_until_ = good ? now_ + cached_for : fresh_until_;
    in(takes, [this] { --busy_; });
    in(std::min(takes, patience), [this, call, attempt, &own, permit, good] {
      own.record(permit, good ? breaker::Outcome::success : breaker::Outcome::failure,
                 CallEnd(CallEnd::Kind::answer, good ? 200 : 503), now_);
      if (!good && attempt < attempts) {
        decide(call, attempt + 1);
      } else {
        answer(call, good || fallback);
      }
    });
  });
}

inline void PlayedService::answer(std::size_t call, bool good) {
  if (answers_first && seen_.calls[call].end) {
    return;
  }
  in(200us, [this, call, good] {
    auto& one = seen_.calls[call];
    one.ended = now_;
    one.end = CallEnd(CallEnd::Kind::answer, good ? 200 : 503);
    one.good = good;
  });
}

}  // namespace tripcurve::through
