#include "replay/reorder.hpp"

#include <algorithm>
#include <functional>

namespace tripcurve::replay {

void Reorder::push_in_order(const Row& row) {
  if (in_order_ == ring_.size()) {
    std::vector<Row> wider(ring_.size() * 2);
    for (std::size_t i = 0; i < in_order_; ++i) {
      wider[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    }
    ring_ = std::move(wider);
    head_ = 0;
  }
  ring_[(head_ + in_order_) & (ring_.size() - 1)] = row;
  ++in_order_;
}

bool Reorder::push(const Row& row) {
  if (row.began >= newest_) {
    newest_ = row.began;
    push_in_order(row);
    return true;
  }
  ++moved_;
  if (taken_ && row.began < *taken_) {
    return false;
  }
  early_.push_back({row, moved_});
  std::ranges::push_heap(early_, std::greater<>());
  return true;
}

bool Reorder::is_ready() const {
  if (size() == 0) {
    return false;
  }
  if (size() > most_waiting) {
    was_full_ = true;
    return true;
  }
  const auto first = is_early_first() ? early_.front().row.began : front().began;
  return first < newest_ - window_.count();
}

Row Reorder::pop() {
  Row row;
  if (is_early_first()) {
    std::ranges::pop_heap(early_, std::greater<>());
    row = early_.back().row;
    early_.pop_back();
  } else {
    row = front();
    head_ = (head_ + 1) & (ring_.size() - 1);
    --in_order_;
  }
  taken_ = row.began;
  return row;
}

}  // namespace tripcurve::replay
