#include "core/histogram.hpp"

#include <cmath>
#include <functional>
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

std::uint8_t Histogram::add_octave(std::size_t number) {
  octaves_.emplace_back();
  return places_[number] = static_cast<std::uint8_t>(octaves_.size());
}

template <typename Visit>
void Histogram::each_bucket(Visit visit) const {
  for (std::size_t number = 0; number < octave_count; ++number) {
    const auto* counts = octave(number);
    for (std::size_t i = 0; counts != nullptr && i < half; ++i) {
      if ((*counts)[i] != 0 && !visit(number * half + i, (*counts)[i])) {
        return;
      }
    }
  }
}

void Histogram::record(Duration d, std::uint64_t times) {
  if (times == 0) {
    return;
  }
  record(d);
  const auto ns = static_cast<std::uint64_t>(std::max(d.count(), Duration::rep{0}));
  const auto index = index_of(ns);
  const auto more = times - 1;
  octaves_[places_[index >> half_bits] - 1U][index % half] += more;
  count_ += more;
  sum_ns_ += static_cast<double>(ns) * static_cast<double>(more);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t number = 0; number < octave_count; ++number) {
    const auto* more = other.octave(number);
    if (more == nullptr) {
      continue;
    }
    const auto place = places_[number] == 0 ? add_octave(number) : places_[number];
    std::ranges::transform(octaves_[place - 1U], *more, octaves_[place - 1U].begin(), std::plus());
  }
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Histogram Histogram::since(const Histogram& earlier) const {
  ENSURE(earlier.count_ <= count_);
  Histogram result;
  for (std::size_t number = 0; number < octave_count; ++number) {
    const auto* counts = octave(number);
    const auto* before = earlier.octave(number);
    ENSURE(counts != nullptr || before == nullptr);
    if (counts == nullptr || (before != nullptr && *before == *counts)) {
      continue;
    }
    auto& rest = result.octaves_[result.add_octave(number) - 1U];
    rest = *counts;
    for (std::size_t i = 0; before != nullptr && i < half; ++i) {
      ENSURE((*before)[i] <= rest[i]);
      rest[i] -= (*before)[i];
    }
  }
  result.each_bucket([&](std::size_t index, std::uint64_t) {
    result.min_ns_ = std::min(result.min_ns_, std::max(lower_edge(index), min_ns_));
    result.max_ns_ = std::min(upper_edge(index), max_ns_);
    return true;
  });
  result.count_ = count_ - earlier.count_;
  result.sum_ns_ = sum_ns_ - earlier.sum_ns_;
  return result;
}

Histogram::Contents Histogram::contents() const {
  Contents all{.sum_ns = sum_ns_, .min_ns = min_ns_, .max_ns = max_ns_};
  each_bucket([&](std::size_t index, std::uint64_t count) {
    all.buckets.emplace_back(index, count);
    return true;
  });
  return all;
}

std::optional<Histogram> Histogram::of(const Contents& contents) {
  Histogram made;
  std::uint64_t from = 0;
  for (const auto& [index, count] : contents.buckets) {
    if (index < from || index >= bucket_count || count == 0) {
      return std::nullopt;
    }
    from = index + 1;
    auto place = made.places_[index >> half_bits];
    if (place == 0) {
      place = made.add_octave(index >> half_bits);
    }
    made.octaves_[place - 1U][index % half] = count;
    made.count_ += count;
  }
  made.sum_ns_ = contents.sum_ns;
  made.min_ns_ = contents.min_ns;
  made.max_ns_ = contents.max_ns;
  return made;
}

void Histogram::clear() { *this = Histogram(); }

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
  std::uint64_t seen = 0;
  std::uint64_t edge = 0;
  each_bucket([&](std::size_t index, std::uint64_t count) {
    seen += count;
    edge = upper_edge(index);
    return seen < rank;
  });
  return duration_of(std::min(edge, max_ns_));
}

std::vector<Histogram::Bucket> Histogram::buckets(std::size_t at_most) const {
  ENSURE(at_most > 0);
  std::vector<Bucket> all;
  for (unsigned doublings = 0;; ++doublings) {
    const auto group_of = [doublings](std::size_t index) { return index >> doublings; };
    all.clear();
    std::size_t latest = bucket_count;
    each_bucket([&](std::size_t index, std::uint64_t count) {
      if (all.empty() || group_of(index) != group_of(latest)) {
        all.emplace_back();
      }
      latest = index;
      const auto last = std::min(((group_of(index) + 1) << doublings), bucket_count) - 1;
      all.back().upto = duration_of(std::min(upper_edge(last), max_ns_));
      all.back().count += count;
      return true;
    });
    if (all.size() <= at_most) {
      return all;
    }
  }
}

std::uint64_t Histogram::count_up_to(Duration limit) const {
  ENSURE(limit >= Duration::zero());
  std::uint64_t total = 0;
  each_bucket([&](std::size_t index, std::uint64_t count) {
    // Not max_ns_, even where it is below the edge: it may rise, and the count would fall.
    const bool within = upper_edge(index) <= static_cast<std::uint64_t>(limit.count());
    total += within ? count : 0;
    return within;
  });
  return total;
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
  return index + 1 == bucket_count ? std::numeric_limits<std::uint64_t>::max()
                                   : lower_edge(index + 1) - 1;
}

}  // namespace tripcurve
