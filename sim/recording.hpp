// Traffic that was recorded, in virtual time: calls come when they came and end as they ended, if
// the breaker lets them out. It is both the load and the upstream of a replay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "load/engine.hpp"
#include "load/recorded.hpp"
#include "sim/pending_answers.hpp"

namespace tripcurve::sim {

struct RecordedCall {
  TimePoint due;       // when it began
  Duration latency{};  // until it ended
  CallEnd end{};       // and how
  std::uint32_t endpoint = 0;
  friend bool operator==(const RecordedCall&, const RecordedCall&) = default;
};

// Fed piece by piece. It remembers the calls that were fed and did not come yet, those that the
// breaker was not done with, and the answers to come: not those that have ended. Not thread-safe.
class Recording final : public load::Arrivals {
 public:
  static constexpr auto foresight = load::Foresight::end;

  // More calls, in the order in which they are due, none before the last one that was fed.
  void feed(std::span<const RecordedCall> calls);

  // When there is no more to feed. Before that, next() must not be asked for more calls than were
  // fed.
  void end() { is_over_ = true; }

  [[nodiscard]] std::optional<load::RecordedArrival> next() override;

  // The breaker rejects call `ordinal`: what it would have come to. Once for each.
  [[nodiscard]] RecordedCall reject(std::uint64_t ordinal) { return take(ordinal); }

  // As FakeUpstream's.
  void gives_up_after(std::optional<Duration> after) { gives_up_after_ = after; }
  void receive(const load::Attempt& attempt, TimePoint now) {
    const auto call = take(attempt.ordinal);
    if (gives_up_after_ && call.latency > *gives_up_after_) {
      pending_.time_out(attempt.slot, now + *gives_up_after_, attempt.ordinal);
    } else {
      pending_.push(attempt.slot, now + call.latency, call.end);
    }
  }
  CallEnd give_up(std::uint32_t slot) {
    pending_.give_up(slot);
    return load::given_up_while_waiting(slot);
  }
  [[nodiscard]] TimePoint next_due() const { return pending_.next_due(); }
  Received step(TimePoint /*now*/) { return pending_.pop(); }
  // Recorded answers come whole.
  [[nodiscard]] static load::Engine::Pace pace_of(std::uint32_t /*slot*/) { return {}; }
  [[nodiscard]] bool is_open(const load::Attempt& attempt, TimePoint /*now*/) const {
    return begun_[place(attempt.ordinal)].call.end.kind() != CallEnd::Kind::connect_failed;
  }

 private:
  // A call that has come and that the breaker is not done with.
  struct Begun {
    RecordedCall call;
    std::uint64_t ordinal = 0;
    bool is_there = false;
  };

  [[nodiscard]] std::size_t place(std::uint64_t ordinal) const {
    return static_cast<std::size_t>(ordinal) & (begun_.size() - 1);
  }
  RecordedCall take(std::uint64_t ordinal);
  void widen();

  std::vector<RecordedCall> fed_;
  std::size_t next_ = 0;  // of these
  bool is_over_ = false;
  std::uint64_t ordinal_ = 0;  // of the next
  std::vector<Begun> begun_ =
      std::vector<Begun>(16);  // by the ordinal modulo their number, a power of 2
  PendingAnswers pending_;
  std::optional<Duration> gives_up_after_{};
};

}  // namespace tripcurve::sim
