// Answers that are on their way to the attempts that wait for them, in the order in which they
// come.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"
#include "sim/event_queue.hpp"

namespace tripcurve::sim {

class PendingAnswers {
 public:
  // The attempt in `slot` gets that answer at `when`. It waits for no other.
  void push(std::uint32_t slot, TimePoint when, CallEnd end) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(answers_.size()));
      answers_.emplace_back();
    }
    const auto ticket = free_.back();
    free_.pop_back();
    answers_[ticket] = {slot, end};
    if (slot >= tickets_.size()) {
      tickets_.resize(slot + 1, none);
    }
    tickets_[slot] = ticket;
    queue_.push(when, ticket);
  }

  // The attempt in `slot` waits no longer: its answer, if one is to come, goes nowhere.
  void give_up(std::uint32_t slot) {
    if (slot < tickets_.size() && tickets_[slot] != none) {
      answers_[tickets_[slot]].slot = none;
      tickets_[slot] = none;
    }
  }

  // When the next one comes, even if nobody waits for it any more; `never` if none does.
  [[nodiscard]] TimePoint next_due() const { return queue_.next_at(); }

  // Takes the next one away: the slot that waits for it and what it is, if anybody waits. There
  // must be one.
  std::optional<std::pair<std::uint32_t, CallEnd>> pop() {
    const auto ticket = queue_.pop();
    free_.push_back(ticket);
    const auto [slot, end] = answers_[ticket];
    if (slot == none) {
      return std::nullopt;
    }
    tickets_[slot] = none;
    return std::pair(slot, end);
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct Waiting {
    std::uint32_t slot = none;
    CallEnd end{};
  };

  EventQueue queue_;                    // of tickets
  std::vector<Waiting> answers_;        // by ticket
  std::vector<std::uint32_t> free_;     // tickets
  std::vector<std::uint32_t> tickets_;  // by slot
};

}  // namespace tripcurve::sim
