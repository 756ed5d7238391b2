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
  void advance();                                                   // on to the shard's next call

 private:
  void step_to(std::uint64_t ordinal);
  void draw_gaps();

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
