#include "core/histogram.hpp"

#include <cmath>
#include <limits>

#include "core/ensure.hpp"

namespace tripcurve {
namespace {

Duration duration_of(std::uint64_t ns) { return Duration(static_cast<Duration::rep>(ns)); }

// The smallest rank whose share of `count` is at least q. The product alone may round past a whole
// number (0.07 * 100 > 7), so the neighbours are asked too.
std::uint64_t rank_of(double q, std::uint64_t count) {
  const auto share = [count](std::uint64_t rank) {
    return static_cast<double>(rank) / static_cast<double>(count);
  };
  auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count)));
  if (rank > 0 && share(rank - 1) >= q) {
    --rank;
  }
  return std::clamp<std::uint64_t>(rank, 1, count);
}

}  // namespace

Histogram::Histogram() : counts_(buckets) {}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < buckets; ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Histogram Histogram::since(const Histogram& earlier) const {
  ENSURE(earlier.count_ <= count_);
  Histogram result;
  for (std::size_t i = 0; i < buckets; ++i) {
    ENSURE(earlier.counts_[i] <= counts_[i]);
    result.counts_[i] = counts_[i] - earlier.counts_[i];
    if (result.counts_[i] != 0) {
      result.min_ns_ = std::min(result.min_ns_, std::max(lower_edge(i), min_ns_));
      result.max_ns_ = std::min(upper_edge(i), max_ns_);
    }
  }
  result.count_ = count_ - earlier.count_;
  result.sum_ns_ = sum_ns_ - earlier.sum_ns_;
  return result;
}

void Histogram::clear() {
  std::ranges::fill(counts_, 0);
  count_ = 0;
  sum_ns_ = 0;
  min_ns_ = ~std::uint64_t{0};
  max_ns_ = 0;
}

Duration Histogram::min() const { return empty() ? Duration::zero() : duration_of(min_ns_); }

Duration Histogram::max() const { return duration_of(max_ns_); }

Duration Histogram::mean() const {
  if (empty()) {
    return Duration::zero();
  }
  // Compared as doubles first: the mean of the longest durations may round up to 2^63.
  const double mean = std::round(sum_ns_ / static_cast<double>(count_));
  return mean >= static_cast<double>(max_ns_) ? max() : Duration(static_cast<Duration::rep>(mean));
}

Duration Histogram::quantile(double q) const {
  ENSURE(q >= 0 && q <= 1);
  if (empty()) {
    return Duration::zero();
  }
  const auto rank = rank_of(q, count_);
  std::size_t index = 0;
  for (auto seen = counts_[0]; seen < rank; seen += counts_[index]) {
    ++index;
  }
  return duration_of(std::min(upper_edge(index), max_ns_));
}

std::uint64_t Histogram::count_up_to(Duration limit) const {
  const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(limit.count(), 0));
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < buckets && std::min(upper_edge(i), max_ns_) <= ns; ++i) {
    count += counts_[i];
  }
  return count;
}

std::uint64_t Histogram::lower_edge(std::size_t index) {
  if (index < 2 * half) {
    return index;
  }
  const auto shift = (index >> half_bits) - 1;
  return static_cast<std::uint64_t>(index - (shift << half_bits)) << shift;
}

std::uint64_t Histogram::upper_edge(std::size_t index) {
  // The last bucket takes everything that is longer.
  return index + 1 == buckets ? std::numeric_limits<std::uint64_t>::max()
                              : lower_edge(index + 1) - 1;
}

}  // namespace tripcurve
