// How durations are distributed, in bounded memory: a log-linear histogram after Gil Tene's
// HdrHistogram. Every reported duration is within 0.4 % (1/256) of a recorded one; counts, the
// minimum, the maximum and the mean are exact.
//
// Each octave of durations that occurs takes 2 KiB, so an empty histogram is tiny, a typical one
// takes 16 KiB, and no run, however long, makes it take more than 70 KiB. A merge is exact and does
// not depend on its order.
//
// Not thread-safe: one writer, and readers take a copy the writer hands out.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace tripcurve {

class Histogram {
 public:
  // How many samples were at most `upto` and above the bucket before.
  struct Bucket {
    Duration upto{};
    std::uint64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  // All that it holds, to be written down and read again.
  struct Contents {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets{};  // number and count, rising
    double sum_ns = 0;
    std::uint64_t min_ns = 0;
    std::uint64_t max_ns = 0;
  };
  [[nodiscard]] Contents contents() const;
  // None if no histogram holds that.
  [[nodiscard]] static std::optional<Histogram> of(const Contents& contents);

  // Negative durations count as zero; those of 73 minutes and more share the last bucket, but max()
  // and mean() stay exact.
  [[gnu::always_inline]] void record(Duration d) {
    const auto count = std::max(d.count(), Duration::rep{0});
    const auto ns = static_cast<std::uint64_t>(count);
    const auto index = index_of(ns);
    auto place = places_[index >> half_bits];
    if (place == 0) {
      place = add_octave(index >> half_bits);
    }
    ++octaves_[place - 1U][index % half];
    ++count_;
    sum_ns_ += static_cast<double>(count);  // of a signed number it is one instruction
    min_ns_ = std::min(min_ns_, ns);
    max_ns_ = std::max(max_ns_, ns);
  }

  // The same duration so many times.
  void record(Duration d, std::uint64_t times);

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

  // How many samples are not longer than `limit`, which is not negative. Samples less than 0.4 %
  // below it may be left out; of later samples it never becomes smaller.
  [[nodiscard]] std::uint64_t count_up_to(Duration limit) const;
  // All durations together; never smaller than before.
  [[nodiscard]] double sum_seconds() const { return sum_ns_ / 1e9; }

  // The buckets that are not empty, in order; their counts sum up to count(). Where there are more
  // than `at_most` (which is at least 1), all are made 2, 4, 8... times as wide, so the same two
  // durations fall apart or together wherever the others lie.
  [[nodiscard]] std::vector<Bucket> buckets(std::size_t at_most) const;

 private:
  static constexpr unsigned half_bits = 8;  // 256 buckets per octave
  static constexpr unsigned top_bit = 42;   // 2^42 ns = 73 min
  static constexpr std::size_t half = std::size_t{1} << half_bits;
  static constexpr std::size_t octave_count = top_bit - half_bits + 1;
  static constexpr std::size_t bucket_count = octave_count * half;

  [[gnu::always_inline]] static std::size_t index_of(std::uint64_t ns) {
    if (ns < 2 * half) {
      return static_cast<std::size_t>(ns);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - half_bits;
    const auto index = (static_cast<std::size_t>(shift) << half_bits) + (ns >> shift);
    return std::min(index, bucket_count - 1);
  }
  static std::uint64_t upper_edge(std::size_t index);
  static std::uint64_t lower_edge(std::size_t index);

  using Octave = std::array<std::uint64_t, half>;

  [[gnu::cold]] std::uint8_t add_octave(std::size_t number);  // its place
  // nullptr for one that never occurred.
  [[nodiscard]] const Octave* octave(std::size_t number) const {
    return places_[number] == 0 ? nullptr : &octaves_[places_[number] - 1U];
  }
  // Calls visit(index, count) for each bucket that is not empty, in order, until it says false.
  template <typename Visit>
  void each_bucket(Visit visit) const;

  std::vector<Octave> octaves_;                      // in the order in which they occurred first
  std::array<std::uint8_t, octave_count> places_{};  // in octaves_, from 1; 0: not yet
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;  // exact while below 2^53 ns, 104 days of summed latency
  std::uint64_t min_ns_ = ~std::uint64_t{0};
  std::uint64_t max_ns_ = 0;
};

}  // namespace tripcurve
