// How durations are distributed, in bounded memory: a log-linear histogram after Gil Tene's
// HdrHistogram. Every reported duration is within 0.4 % (1/256) of a recorded one; counts, the
// minimum, the maximum and the mean are exact.
//
// The size is fixed (72 KiB) from the first sample to the last, so a 10-minute run takes no more
// memory than a 10-second one, and a merge is exact and does not depend on its order.
//
// Not thread-safe: one writer, and readers take a copy the writer hands out.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace tripcurve {

class Histogram {
 public:
  Histogram();

  // Negative durations count as zero; those of 73 minutes and more share the last bucket, but max()
  // and mean() stay exact.
  void record(Duration d) {
    const auto ns = d.count() > 0 ? static_cast<std::uint64_t>(d.count()) : 0U;
    ++counts_[index_of(ns)];
    ++count_;
    sum_ns_ += static_cast<double>(ns);
    min_ns_ = std::min(min_ns_, ns);
    max_ns_ = std::max(max_ns_, ns);
  }

  // Adds the other's samples to these.
  void merge(const Histogram& other);

  // The samples recorded since `earlier`, which must be an earlier copy of this one. Its min and
  // max are those of its buckets.
  [[nodiscard]] Histogram since(const Histogram& earlier) const;

  void clear();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  // All zero when empty: ask empty() first.
  [[nodiscard]] Duration min() const;
  [[nodiscard]] Duration max() const;
  [[nodiscard]] Duration mean() const;

  // The smallest recorded duration that at least the share q of all samples do not exceed (nearest
  // rank), up to the bucket's upper edge and never above max(). q in [0, 1].
  [[nodiscard]] Duration quantile(double q) const;

  // How many samples are not longer than `limit`. Exact, but that samples less than 0.4 % below it
  // may be left out.
  [[nodiscard]] std::uint64_t count_up_to(Duration limit) const;
  // All durations together; never smaller than before.
  [[nodiscard]] double sum_seconds() const { return sum_ns_ / 1e9; }

 private:
  static constexpr unsigned half_bits = 8;  // 256 buckets per octave
  static constexpr unsigned top_bit = 42;   // 2^42 ns = 73 min
  static constexpr std::size_t half = std::size_t{1} << half_bits;
  static constexpr std::size_t buckets = (top_bit - half_bits + 1) * half;

  static std::size_t index_of(std::uint64_t ns) {
    if (ns < 2 * half) {
      return static_cast<std::size_t>(ns);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - half_bits;
    const auto index = (static_cast<std::size_t>(shift) << half_bits) + (ns >> shift);
    return std::min(index, buckets - 1);
  }
  static std::uint64_t upper_edge(std::size_t index);
  static std::uint64_t lower_edge(std::size_t index);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;  // exact while below 2^53 ns, 104 days of summed latency
  std::uint64_t min_ns_ = ~std::uint64_t{0};
  std::uint64_t max_ns_ = 0;
};

}  // namespace tripcurve
