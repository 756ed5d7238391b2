#include "load/pacer.hpp"

#include <cmath>

#include "core/smooth_table.hpp"

namespace tripcurve::load {
namespace {

// The gap of a Poisson process at u, in mean gaps: the inverse of the exponential distribution.
double exponential(double u) {
  const auto exact = [](double share) { return -std::log(1 - share); };  // the difference is exact
  static const SmoothTable table(
      SmoothTable::End::covered, SmoothTable::End::left_out,
      [&](double share) { return SmoothTable::Place{exact(share), 1 / (1 - share)}; });
  return table.covers(u) ? table.at(u) : exact(u);
}

}  // namespace

Pacer::Pacer(const OpenLoop& loop, std::uint32_t shard, std::uint32_t shards, Random random)
    : curve_(loop),
      arrival_(loop.arrival),
      shards_(shards),
      gap_draws_(random.fork("load/arrivals")) {
  step_to(shard);
}

// The next ones, which depend on their numbers alone.
void Pacer::draw_gaps() {
  gap_draws_.units(next_gap_, gaps_);
  for (auto& gap : gaps_) {
    gap = exponential(gap);
  }
}

std::uint64_t constant_calls_before(const OpenLoop& loop, TimePoint end) {
  const RateCurve curve(loop);
  const auto is_due = [&](std::uint64_t ordinal) {
    return curve.beyond(static_cast<double>(ordinal)) < end;
  };
  // Call k is due once the integral is k, so there is one more than its whole part, or, when `end`
  // is the very time of a call, as many.
  auto due = static_cast<std::uint64_t>(curve.calls_before(end));
  while (is_due(due)) {
    ++due;
  }
  return due;
}

}  // namespace tripcurve::load
