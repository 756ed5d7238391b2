// Answers that are on their way to the attempts that wait for them, in the order in which they
// come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "load/engine.hpp"
#include "sim/event_queue.hpp"

namespace tripcurve::sim {

// What has come for the attempt in a slot. Not an optional: what is small and put together anew for
// every call must not be copied as a whole, which costs more than all that is in it.
struct Received {
  enum class What : std::uint8_t {
    nothing,  // that anybody waits for
    end,
    head,        // and no more of its answer: PendingAnswers::pace_of()
    connection,  // and no answer yet
    turn,        // it may be the turn of a request that waits
  };
  std::uint32_t slot = 0;
  CallEnd end{};
  What what = What::nothing;
};

class PendingAnswers {
 public:
  // The attempt in `slot` gets that answer at `when`. It waits for no other.
  [[gnu::always_inline]] void push(std::uint32_t slot, TimePoint when, CallEnd end) {
    expect(slot, when, end, Received::What::end);
  }

  // The same, and the head of the answer comes before, at `head`. `never` for an end that is not to
  // come.
  void push(std::uint32_t slot, TimePoint head, TimePoint when, CallEnd end,
            load::Engine::Pace pace) {
    if (slot >= heads_.size()) {
      heads_.resize(slot + std::size_t{1});
    }
    heads_[slot] = {.end = when, .pace = pace};
    expect(slot, head, end, Received::What::head);
  }

  // The attempt in `slot` has its connection at `when`, and what comes of it is pushed then.
  void push_connection(std::uint32_t slot, TimePoint when) {
    expect(slot, when, {}, Received::What::connection);
  }

  // At `when` it may be the turn of the request of the attempt in `slot`, and who pushed it knows.
  void push_turn(std::uint32_t slot, TimePoint when) {
    expect(slot, when, {}, Received::What::turn);
  }

  // The attempt in `slot` gets no whole answer before it is given up at `when`, which is after the
  // answers of that instant; `order` is that of several that are given up then.
  void time_out(std::uint32_t slot, TimePoint when, std::uint64_t order) {
    const Timeout timeout{when, order, slot};
    auto place = timeouts_.end();  // that of most
    while (place != timeouts_.begin() && timeout.is_before(*std::prev(place))) {
      --place;
    }
    timeouts_.insert(place, timeout);
    timeout_due_ = timeouts_.front().due;
  }

  // The attempt in `slot` waits no longer: its answer, if one is to come, goes nowhere. The status
  // of its head, if that has come; else 0.
  std::uint16_t give_up(std::uint32_t slot) {
    if (slot < awaited_.size()) {
      awaited_[slot] = none;
    }
    return slot < heads_.size() ? std::exchange(heads_[slot].status, std::uint16_t{0})
                                : std::uint16_t{0};
  }

  // When the next one comes, even if nobody waits for it any more; `never` if none does.
  [[nodiscard]] TimePoint next_due() const { return std::min(queue_.next_at(), timeout_due_); }

  // Takes the next one away, and says what it is if anybody waits for it. There must be one.
  [[gnu::always_inline]] Received pop() {
    if (timeout_due_ < queue_.next_at()) {
      return pop_timeout();
    }
    const auto event = queue_.pop();
    const auto slot = event.what.slot;
    if (awaited_[slot] != event.number) {
      return {};
    }
    awaited_[slot] = none;
    if (slot < heads_.size()) {
      note_head(event.what);
    }
    return event.what;
  }

  // How the rest of the answer comes whose head has come last for the attempt in `slot`.
  [[nodiscard]] load::Engine::Pace pace_of(std::uint32_t slot) const { return heads_[slot].pace; }

 private:
  struct Timeout {
    TimePoint due;
    std::uint64_t order;
    std::uint32_t slot;

    [[nodiscard]] bool is_before(const Timeout& other) const {
      return due != other.due ? due < other.due : order < other.order;
    }
  };
  // Of an answer whose head comes before its end.
  struct Head {
    std::uint16_t status = 0;  // once it has come
    TimePoint end = never;     // and the end comes then
    load::Engine::Pace pace{};
  };
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  [[gnu::always_inline]] void expect(std::uint32_t slot, TimePoint when, CallEnd end,
                                     Received::What what) {
    if (slot >= awaited_.size()) {
      awaited_.resize(slot + std::size_t{1}, none);
    }
    awaited_[slot] = queue_.push(when, {slot, end, what});
  }

  // An answer that comes in pieces goes on.
  void note_head(const Received& received) {
    auto& head = heads_[received.slot];
    if (received.what == Received::What::end) {
      head.status = 0;
    } else if (received.what == Received::What::head) {
      head.status = received.end.status();
      if (head.end != never) {
        push(received.slot, head.end, received.end);
      }
    }
  }

  Received pop_timeout() {
    const auto slot = timeouts_.front().slot;
    timeouts_.pop_front();
    timeout_due_ = timeouts_.empty() ? never : timeouts_.front().due;
    return {slot, {CallEnd::Kind::timeout, give_up(slot)}, Received::What::end};
  }

  EventQueue<Received> queue_;
  std::deque<Timeout> timeouts_;
  TimePoint timeout_due_ = never;       // the first's
  std::vector<std::uint64_t> awaited_;  // by slot: the number of the event it waits for, or none
  std::vector<Head> heads_;             // by slot, as far as there were any
};

}  // namespace tripcurve::sim
