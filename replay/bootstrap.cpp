#include "replay/bootstrap.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::replay {
namespace {

constexpr Duration day = std::chrono::hours(24);
constexpr Duration hour = std::chrono::hours(1);
constexpr Duration month = std::chrono::hours(30 * 24);

void add(Block& sum, const Block& block) {
  sum.counts += block.counts;
  sum.trips += block.trips;
  sum.false_trips += block.false_trips;
  sum.length += block.length;
}

std::optional<double> per_month(std::uint64_t count, Duration length) {
  if (length <= Duration{}) {
    return std::nullopt;
  }
  return static_cast<double>(count) * (to_seconds(month) / to_seconds(length));
}

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? std::nullopt
                    : std::optional(static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

std::optional<Duration> block_length(Duration trace) {
  for (const auto length : {day, hour}) {
    if (trace >= length * static_cast<Duration::rep>(fewest_blocks)) {
      return length;
    }
  }
  return std::nullopt;
}

std::vector<Block> join(const std::vector<Block>& hours, Duration length) {
  const auto together = static_cast<std::size_t>(std::max<Duration::rep>(length / hour, 1));
  std::vector<Block> blocks((hours.size() + together - 1) / together);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    add(blocks[i / together], hours[i]);
  }
  return blocks;
}

std::optional<Interval> bootstrap(
    const std::vector<Block>& blocks, Random random,
    const std::function<std::optional<double>(const Block& sum)>& statistic) {
  if (blocks.size() < fewest_blocks) {
    return std::nullopt;
  }
  std::vector<double> drawn;
  for (std::uint32_t k = 0; k < resamples; ++k) {
    auto draws = random.fork(k);
    Block sum;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      add(sum, blocks[static_cast<std::size_t>(draws.unit() * static_cast<double>(blocks.size()))]);
    }
    if (const auto value = statistic(sum)) {
      drawn.push_back(*value);
    }
  }
  if (drawn.size() < resamples / 2) {
    return std::nullopt;
  }
  std::ranges::sort(drawn);
  const auto quantile = [&](double q) {
    return drawn[static_cast<std::size_t>(q * static_cast<double>(drawn.size() - 1))];
  };
  return Interval{quantile(0.025), quantile(0.975)};
}

std::optional<double> trips_per_month(const Block& sum) { return per_month(sum.trips, sum.length); }

std::optional<double> false_trips_per_month(const Block& sum) {
  return per_month(sum.false_trips, sum.length);
}

std::optional<double> precision(const Block& sum) {
  return share(sum.counts.rejected_failed, sum.counts.rejected);
}

std::optional<double> recall(const Block& sum) {
  return share(sum.counts.rejected_failed, sum.counts.failed);
}

}  // namespace tripcurve::replay
