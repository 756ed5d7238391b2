// When the calls of an open loop are due: a pure function of (loop, seed, k), so neither the
// answers nor the number of threads changes the set of intended times.
#pragma once

#include <array>
#include <cstdint>

#include "core/random.hpp"
#include "core/time.hpp"
#include "load/load_plan.hpp"
#include "load/rate_curve.hpp"

namespace tripcurve::load {

// Walks the calls k = shard, shard + shards, shard + 2 shards, ...
class Pacer {
 public:
  Pacer(const OpenLoop& loop, std::uint32_t shard, std::uint32_t shards, Random random);

  [[nodiscard]] std::uint64_t ordinal() const { return ordinal_; }  // k
  [[nodiscard]] TimePoint due() const { return due_; }              // when call k is due
  // On to the shard's next call.
  [[gnu::always_inline]] void advance() { step_to(ordinal_ + shards_); }

 private:
  [[gnu::always_inline]] void step_to(std::uint64_t ordinal) {
    ordinal_ = ordinal;
    if (arrival_ == Arrival::constant) {
      due_ = curve_.beyond(static_cast<double>(ordinal));
      return;
    }
    // The gap before call k is draw k, whoever makes the call; the first call waits for one too.
    for (; next_gap_ <= ordinal; ++next_gap_) {
      if (next_gap_ % gaps_.size() == 0) {
        draw_gaps();
      }
      gap_sum_ += gaps_[next_gap_ % gaps_.size()];
    }
    due_ = curve_.beyond(gap_sum_);
  }
  [[gnu::noinline]] void draw_gaps();

  RateCurve curve_;
  Arrival arrival_;
  std::uint32_t shards_;
  Random gap_draws_;
  std::uint64_t ordinal_ = 0;
  std::uint64_t next_gap_ = 0;     // poisson: the next gap to be added to gap_sum_
  double gap_sum_ = 0;             // in mean gaps
  std::array<double, 16> gaps_{};  // drawn together, which is faster; likewise
  TimePoint due_{};
};

// How many calls of constant arrival are due before `end`.
[[nodiscard]] std::uint64_t constant_calls_before(const OpenLoop& loop, TimePoint end);

}  // namespace tripcurve::load
