// How far chance alone could move what one trace shows: a bootstrap by blocks. Whole days (or
// hours, of a shorter trace) are drawn with replacement, so that what happens close together stays
// together (H. R. Künsch, "The jackknife and the bootstrap for general stationary observations",
// 1989; with blocks that do not overlap, as E. Carlstein has them, 1986).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "replay/series.hpp"

namespace tripcurve::replay {

// One block of a replay.
struct Block {
  Stretch counts;
  std::uint64_t trips = 0;        // that began in it
  std::uint64_t false_trips = 0;  // of these, outside of incidents
  Duration length{};              // the last one is shorter
};

struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// At least so many blocks are needed to say anything.
inline constexpr std::size_t fewest_blocks = 5;
inline constexpr std::uint32_t resamples = 2000;

// How long blocks are made for a trace of that length: days, or hours; none if it is too short.
[[nodiscard]] std::optional<Duration> block_length(Duration trace);

// Blocks of hours put together to blocks of `length`.
[[nodiscard]] std::vector<Block> join(const std::vector<Block>& hours, Duration length);

// From p2.5 to p97.5 of `statistic` of the sums of as many blocks, drawn anew 2000 times; none with
// fewer than `fewest_blocks`, or where it is often not defined.
[[nodiscard]] std::optional<Interval> bootstrap(
    const std::vector<Block>& blocks, Random random,
    const std::function<std::optional<double>(const Block& sum)>& statistic);

// Of 30 days.
[[nodiscard]] std::optional<double> trips_per_month(const Block& sum);
[[nodiscard]] std::optional<double> false_trips_per_month(const Block& sum);
// The share of the rejected calls that had failed.
[[nodiscard]] std::optional<double> precision(const Block& sum);
// The share of the failed calls that were rejected.
[[nodiscard]] std::optional<double> recall(const Block& sum);

}  // namespace tripcurve::replay
