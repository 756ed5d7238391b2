// N buckets of which the oldest gives way as time moves on, with their running sum. Where the
// buckets are anchored, and what moves them (the clock of each event, a timer, one step at a time),
// is the dialect's to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "breaker/parts/counts.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

class BucketRing {
 public:
  explicit BucketRing(std::size_t buckets) : buckets_(buckets) {}

  // Moves on by so many buckets, each of them empty; the oldest are forgotten.
  void advance(std::uint64_t steps) {
    if (steps >= buckets_.size()) {
      clear();
      return;
    }
    for (; steps > 0; --steps) {
      current_ = current_ + 1 == buckets_.size() ? 0 : current_ + 1;
      totals_ -= buckets_[current_];
      buckets_[current_] = {};
    }
  }

  // Into the current bucket.
  void add(const WindowCounts& counts) {
    buckets_[current_] += counts;
    totals_ += counts;
  }

  void clear() {
    for (auto& bucket : buckets_) {
      bucket = {};
    }
    totals_ = {};
  }

  [[nodiscard]] std::size_t size() const { return buckets_.size(); }
  [[nodiscard]] const WindowCounts& totals() const {
    return totals_;
  }  // of all buckets, current included
  [[nodiscard]] const WindowCounts& current() const { return buckets_[current_]; }
  // The bucket so many before the current one; fewer than size().
  [[nodiscard]] const WindowCounts& before_current(std::size_t age) const {
    return buckets_[age <= current_ ? current_ - age : current_ + buckets_.size() - age];
  }

 private:
  std::vector<WindowCounts> buckets_;
  std::size_t current_ = 0;
  WindowCounts totals_;
};

// A BucketRing whose buckets lie on a grid of time, moved by the clock of each event.
class GridWindow {
 public:
  // `buckets` of `length` each, on the grid that has an edge at `anchor`.
  GridWindow(std::size_t buckets, Duration length, TimePoint anchor)
      : ring_(buckets), length_(length), anchor_(anchor) {}

  // Forgets what has left the window by `now`.
  void advance_to(TimePoint now) {
    const auto number = (now - anchor_) / length_;
    if (number > number_) {
      ring_.advance(static_cast<std::uint64_t>(number - number_));
      number_ = number;
    }
  }
  void add(TimePoint now, const WindowCounts& counts) {
    advance_to(now);
    ring_.add(counts);
  }

  [[nodiscard]] const WindowCounts& totals() const { return ring_.totals(); }    // as last advanced
  [[nodiscard]] const WindowCounts& current() const { return ring_.current(); }  // of then
  [[nodiscard]] const BucketRing& ring() const { return ring_; }
  [[nodiscard]] TimePoint bucket_start() const { return anchor_ + number_ * length_; }

  // Empty, on the grid as it is.
  void clear() { ring_.clear(); }

  // Empty, on the grid through `anchor`.
  void restart(TimePoint anchor) {
    ring_.clear();
    anchor_ = anchor;
    number_ = 0;
  }

 private:
  BucketRing ring_;
  Duration length_;
  TimePoint anchor_;
  Duration::rep number_ = 0;  // of the current bucket, counted from the anchor
};

}  // namespace tripcurve::breaker
