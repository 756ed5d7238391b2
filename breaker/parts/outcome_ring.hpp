// The last N results, with running totals: the count-based window of resilience4j, Failsafe and
// cockatiel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "breaker/parts/counts.hpp"

namespace tripcurve::breaker {

class OutcomeRing {
 public:
  // Holds up to `size` results, at least one; it takes memory as they come.
  explicit OutcomeRing(std::size_t size) : size_(size) {}

  // The oldest gives way when it is full.
  void add(bool failure, bool slow = false) {
    const WindowCounts result = one_call(failure, slow);
    totals_ += result;
    const auto bits = static_cast<std::uint8_t>((failure ? 1U : 0U) | (slow ? 2U : 0U));
    if (results_.size() < size_) {
      results_.push_back(bits);
      return;
    }
    auto& oldest = results_[next_];
    totals_ -= one_call((oldest & 1U) != 0, (oldest & 2U) != 0);
    oldest = bits;
    next_ = next_ + 1 == size_ ? 0 : next_ + 1;
  }

  void clear() {
    results_.clear();
    next_ = 0;
    totals_ = {};
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return results_.size() == size_; }
  [[nodiscard]] const WindowCounts& totals() const { return totals_; }

 private:
  std::size_t size_;
  std::vector<std::uint8_t> results_;
  std::size_t next_ = 0;  // the oldest, once it is full
  WindowCounts totals_;
};

}  // namespace tripcurve::breaker
