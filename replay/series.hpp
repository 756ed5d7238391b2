// Counts over the time of a trace, in bounded memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::replay {

// What calls came to in some stretch of time.
struct Stretch {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;           // as they were recorded
  std::uint64_t rejected = 0;         // by the breaker of a replay
  std::uint64_t rejected_failed = 0;  // of these, those that had failed

  Stretch& operator+=(const Stretch& other) {
    calls += other.calls;
    failed += other.failed;
    rejected += other.rejected;
    rejected_failed += other.rejected_failed;
    return *this;
  }
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// Stretches that are equally long, from time zero. With `most` of them, two are made one whenever
// there would be more; else they stay as they are.
class Series {
 public:
  explicit Series(Duration width, std::size_t most = 0, std::vector<Stretch> stretches = {})
      : width_(width), most_(most), stretches_(std::move(stretches)) {}

  // The stretch at that time; times need not rise, but are not before zero.
  [[nodiscard]] Stretch& at(TimePoint when) {
    const auto since = when.time_since_epoch();
    if (since < latest_begin_ || since >= latest_begin_ + width_ || stretches_.empty()) {
      find(since);
    }
    return stretches_[latest_];
  }

  // As long as a trace that ends then.
  void reach(TimePoint end) { static_cast<void>(at(end)); }

  [[nodiscard]] Duration width() const { return width_; }
  [[nodiscard]] const std::vector<Stretch>& stretches() const { return stretches_; }

 private:
  void find(Duration since) {
    auto index = static_cast<std::size_t>(since / width_);
    while (most_ > 0 && index >= most_) {
      halve();
      index = static_cast<std::size_t>(since / width_);
    }
    if (index >= stretches_.size()) {
      stretches_.resize(index + 1);
    }
    latest_ = index;
    latest_begin_ = width_ * static_cast<Duration::rep>(index);
  }
  void halve() {
    for (std::size_t i = 0; i < stretches_.size(); i += 2) {
      auto both = stretches_[i];
      both += i + 1 < stretches_.size() ? stretches_[i + 1] : Stretch{};
      stretches_[i / 2] = both;
    }
    stretches_.resize((stretches_.size() + 1) / 2);
    width_ *= 2;
  }

  Duration width_;
  std::size_t most_;
  std::vector<Stretch> stretches_;
  std::size_t latest_ = 0;
  Duration latest_begin_{};
};

}  // namespace tripcurve::replay
