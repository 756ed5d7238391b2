// The time window of Failsafe (Java): ten buckets that each remember when they began.
//
// Rules, from TimedCircuitStats of Failsafe 3.3.2, in whole milliseconds; b is the tenth part of
// the period, cut to whole ones. Nothing moves but when a result is booked:
//   less than b since the current bucket began, or it begins in the future: it takes the result
//   up to ten b: so many steps, each into the next bucket, which is emptied and begins b after its
//     predecessor when it was never used before, else one period after it began last
//   more: all buckets are emptied and begin at now, now + b, ... now + 9b, the first is the current
//     one, but this result goes into the one that was current before
//
// So an idle gap stops the sliding: the step after it leads to a bucket that begins a whole period
// ahead, and nothing is forgotten for up to two periods. And where a period is no multiple of 10ms,
// each revolution comes some milliseconds later than ten buckets last.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "breaker/parts/counts.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

class StaleStartRing {
 public:
  // `period` of at least 10ms.
  StaleStartRing(Duration period, TimePoint created)
      : period_(whole_milliseconds(period)), bucket_length_(period_ / std::ssize(buckets_)) {
    buckets_[0].start = whole_milliseconds(created.time_since_epoch());
  }

  void add(TimePoint now, const WindowCounts& counts) {
    buckets_[bucket_at(whole_milliseconds(now.time_since_epoch()))].counts += counts;
    totals_ += counts;
  }

  [[nodiscard]] const WindowCounts& totals() const { return totals_; }

 private:
  using Milliseconds = std::int64_t;
  static constexpr Milliseconds never_used = -1;

  struct Bucket {
    Milliseconds start = never_used;
    WindowCounts counts{};
  };

  static Milliseconds whole_milliseconds(Duration time) {
    return std::chrono::floor<std::chrono::milliseconds>(time).count();
  }

  std::size_t bucket_at(Milliseconds now) {
    const auto elapsed = now - buckets_[current_].start;
    if (elapsed < bucket_length_) {
      return current_;
    }
    // Java's cast to int: from 2^31 buckets on it may be negative, and that takes one step.
    const auto steps = static_cast<std::int32_t>(elapsed / bucket_length_);
    if (steps > std::ssize(buckets_)) {
      const auto before = current_;
      restart(now);
      return before;
    }
    for (auto left = std::max(steps, 1); left > 0; --left) {
      step();
    }
    return current_;
  }

  void step() {
    const auto after_predecessor = buckets_[current_].start + bucket_length_;
    current_ = (current_ + 1) % buckets_.size();
    auto& bucket = buckets_[current_];
    totals_ -= bucket.counts;
    bucket = {bucket.start == never_used ? after_predecessor : bucket.start + period_};
  }

  void restart(Milliseconds now) {
    for (auto& bucket : buckets_) {
      bucket = {now};
      now += bucket_length_;
    }
    current_ = 0;
    totals_ = {};
  }

  std::array<Bucket, 10> buckets_;
  Milliseconds period_;
  Milliseconds bucket_length_;
  std::size_t current_ = 0;
  WindowCounts totals_;
};

}  // namespace tripcurve::breaker
