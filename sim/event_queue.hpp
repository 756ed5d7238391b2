// What is to come, ordered by (time, order of pushing), so that what happens at one instant
// never depends on the shape of the queue.
//
// What is to come soon stands on a wheel of narrow spokes, each with a list in order: most often
// one event or none, so that pushing and taking cost the same however many wait. What is further
// off than a turn of the wheel stands in a heap. Nothing moves from one to the other.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::sim {

// `What` is what an event is about; small, as it is moved about.
template <typename What>
class EventQueue {
 public:
  struct Event {
    TimePoint at;
    std::uint32_t number;  // wraps, which is harmless: 2^31 events are never pending together
    What what;
  };

  [[nodiscard]] bool empty() const { return next_at() == never; }
  [[nodiscard]] TimePoint next_at() const { return std::min(soon_, later_); }

  // Not sooner than what was popped last. Answers the event's number: no other has it that is
  // pending.
  [[gnu::always_inline]] std::uint32_t push(TimePoint when, const What& what) {
    const auto number = sequence_++;
    if (spoke_of(when) - spoke_of(now_) >= spoke_count || !push_soon(when, number, what)) {
      heap_.push({when, number, what});
      later_ = heap_.top().at;
    }
    return number;
  }

  // The next event, which is taken away. Not when empty.
  [[gnu::always_inline]] Event pop() {
    now_ = next_at();
    const bool is_soon = later_ != soon_ ? soon_ < later_ : !before(heap_.top(), first());
    return is_soon ? pop_soon() : pop_later();
  }

 private:
  static constexpr unsigned spoke_bits = 14;               // 2^14 ns = 16 us a spoke
  static constexpr std::uint64_t spoke_count = 1U << 14U;  // and 268 ms a turn
  static constexpr int most_before = 32;                   // in a spoke
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct Node {
    Event event;
    std::uint32_t next = none;  // in its spoke; or of the free nodes
  };
  static bool before(const Event& a, const Event& b) { return before(a.at, a.number, b); }
  static bool before(TimePoint at, std::uint32_t number, const Event& b) {
    return at != b.at ? at < b.at : static_cast<std::int32_t>(number - b.number) < 0;
  }
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return before(b, a); }
  };

  static std::uint64_t spoke_of(TimePoint when) {
    return static_cast<std::uint64_t>(when.time_since_epoch().count()) >> spoke_bits;
  }
  [[nodiscard]] const Event& first() const { return nodes_[spokes_[front_]].event; }

  // False if too many come before it in its spoke.
  [[gnu::always_inline]] bool push_soon(TimePoint when, std::uint32_t number, const What& what) {
    if (free_ == none) {
      free_ = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    const auto spoke = static_cast<std::size_t>(spoke_of(when) % spoke_count);
    auto* place = &spokes_[spoke];
    for (int passed = 0; *place != none && !before(when, number, nodes_[*place].event); ++passed) {
      if (passed == most_before) {
        return false;
      }
      place = &nodes_[*place].next;
    }
    auto& node = nodes_[free_];
    const auto after = std::exchange(*place, free_);
    free_ = std::exchange(node.next, after);
    node.event.at = when;
    node.event.number = number;
    node.event.what = what;
    filled_[spoke / 64] |= std::uint64_t{1} << spoke % 64;
    if (when < soon_) {
      soon_ = when;
      front_ = spoke;
    }
    return true;
  }

  [[gnu::always_inline]] Event pop_soon() {
    const auto node = spokes_[front_];
    const auto event = nodes_[node].event;
    spokes_[front_] = nodes_[node].next;
    nodes_[node].next = std::exchange(free_, node);
    if (spokes_[front_] == none) {
      filled_[front_ / 64] &= ~(std::uint64_t{1} << front_ % 64);
      find_front();
    } else {
      soon_ = first().at;
    }
    return event;
  }

  Event pop_later() {
    const auto event = heap_.top();
    heap_.pop();
    later_ = heap_.empty() ? never : heap_.top().at;
    return event;
  }

  // The next spoke that is not empty, from front_ on and once round.
  void find_front() {
    auto word = front_ / 64;
    auto bits = filled_[word] & ~std::uint64_t{0} << front_ % 64;
    for (std::size_t looked = 0; looked <= filled_.size(); ++looked) {
      if (bits != 0) {
        front_ = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        soon_ = first().at;
        return;
      }
      word = (word + 1) % filled_.size();
      bits = filled_[word];
    }
    soon_ = never;
  }

  TimePoint now_{};          // of what was popped last
  TimePoint soon_ = never;   // the first on the wheel
  TimePoint later_ = never;  // and in the heap
  std::size_t front_ = 0;    // the spoke of the former
  std::uint32_t sequence_ = 0;
  std::uint32_t free_ = none;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> spokes_ = std::vector<std::uint32_t>(spoke_count, none);
  std::array<std::uint64_t, spoke_count / 64> filled_{};
  std::priority_queue<Event, std::vector<Event>, Later> heap_;
};

}  // namespace tripcurve::sim
