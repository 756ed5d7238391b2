// The answers to come, ordered by (time, order of pushing), so that what happens at one instant
// never depends on the shape of the heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::sim {

// A 4-ary heap: shallower than a binary one, and a node's children share a cache line.
class EventQueue {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] TimePoint next_at() const { return heap_.empty() ? never : heap_.front().at; }

  void push(TimePoint when, std::uint32_t slot) {
    const Event event{when, sequence_++, slot};
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / arity;
      if (!before(event, heap_[parent])) {
        break;
      }
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  // The slot of the next event, which is taken away. Not when empty.
  std::uint32_t pop() {
    const auto slot = heap_.front().slot;
    const Event last = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size == 0) {
      return slot;
    }
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = hole * arity + 1;
      if (first >= size) {
        break;
      }
      std::size_t least = first;
      for (std::size_t i = first + 1; i < size && i < first + arity; ++i) {
        if (before(heap_[i], heap_[least])) {
          least = i;
        }
      }
      if (!before(heap_[least], last)) {
        break;
      }
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
    return slot;
  }

 private:
  static constexpr std::size_t arity = 4;

  struct Event {
    TimePoint at;
    std::uint32_t sequence;  // wraps, which is harmless: 2^31 events are never pending together
    std::uint32_t slot;
  };

  static bool before(const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : static_cast<std::int32_t>(a.sequence - b.sequence) < 0;
  }

  std::vector<Event> heap_;
  std::uint32_t sequence_ = 0;
};

}  // namespace tripcurve::sim
