// Answers that are on their way to the attempts that wait for them, in the order in which they
// come.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "load/engine.hpp"
#include "sim/event_queue.hpp"

namespace tripcurve::sim {

// What has come for the attempt in a slot: its end, or only the head of its answer, or only its
// connection.
struct Received {
  std::uint32_t slot = 0;
  CallEnd end{};
  bool is_head = false;
  load::Engine::Pace pace{};  // of a head: how the rest will come
  bool is_connected = false;  // its connection has come, and no answer yet
};

class PendingAnswers {
 public:
  // The attempt in `slot` gets that answer at `when`. It waits for no other.
  void push(std::uint32_t slot, TimePoint when, CallEnd end) { push(slot, when, {slot, end}); }

  // The same, and the head of the answer comes before, at `head`. `never` for an end that is not to
  // come.
  void push(std::uint32_t slot, TimePoint head, TimePoint when, CallEnd end,
            load::Engine::Pace pace) {
    push(slot, head, {.slot = slot, .end = end, .after_head = true, .when = when, .pace = pace});
  }
  // The attempt in `slot` has its connection at `when`, and what comes of it is pushed then.
  void push_connection(std::uint32_t slot, TimePoint when) {
    push(slot, when, {.slot = slot, .is_connection = true});
  }
  // The attempt in `slot` waits no longer: its answer, if one is to come, goes nowhere. The status
  // of its head, if that has come; else 0.
  std::uint16_t give_up(std::uint32_t slot) {
    if (slot < tickets_.size() && tickets_[slot] != none) {
      answers_[tickets_[slot]].slot = none;
      tickets_[slot] = none;
    }
    return slot < heads_.size() ? std::exchange(heads_[slot], std::uint16_t{0}) : std::uint16_t{0};
  }

  // When the next one comes, even if nobody waits for it any more; `never` if none does.
  [[nodiscard]] TimePoint next_due() const { return queue_.next_at(); }

  // Takes the next one away, and says what it is if anybody waits for it. There must be one.
  std::optional<Received> pop() {
    const auto ticket = queue_.pop();
    free_.push_back(ticket);
    const auto waiting = answers_[ticket];
    const auto slot = waiting.slot;
    if (slot == none) {
      return std::nullopt;
    }
    tickets_[slot] = none;
    if (waiting.is_connection) {
      return Received{.slot = slot, .is_connected = true};
    }
    if (waiting.after_head) {
      note_head(slot, waiting.end.status);
      if (waiting.when != never) {
        push(slot, waiting.when, waiting.end);
      }
      return Received{.slot = slot, .end = waiting.end, .is_head = true, .pace = waiting.pace};
    }
    if (slot < heads_.size()) {
      heads_[slot] = 0;
    }
    return Received{.slot = slot, .end = waiting.end};
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct Waiting {
    std::uint32_t slot = none;
    CallEnd end{};
    bool after_head = false;  // what comes is the head of the answer, and the end only then
    TimePoint when = never;   // and the end comes then
    load::Engine::Pace pace{};
    bool is_connection = false;
  };

  void push(std::uint32_t slot, TimePoint when, const Waiting& waiting) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(answers_.size()));
      answers_.emplace_back();
    }
    const auto ticket = free_.back();
    free_.pop_back();
    answers_[ticket] = waiting;
    if (slot >= tickets_.size()) {
      tickets_.resize(slot + 1, none);
    }
    tickets_[slot] = ticket;
    queue_.push(when, ticket);
  }

  void note_head(std::uint32_t slot, std::uint16_t status) {
    if (slot >= heads_.size()) {
      heads_.resize(slot + 1, 0);
    }
    heads_[slot] = status;
  }

  EventQueue queue_;                    // of tickets
  std::vector<Waiting> answers_;        // by ticket
  std::vector<std::uint32_t> free_;     // tickets
  std::vector<std::uint32_t> tickets_;  // by slot
  std::vector<std::uint16_t> heads_;    // by slot: the status of a head that has come
};

}  // namespace tripcurve::sim
