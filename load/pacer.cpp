#include "load/pacer.hpp"

#include <cmath>

namespace tripcurve::load {

Pacer::Pacer(const OpenLoop& loop, std::uint32_t shard, std::uint32_t shards, Random random)
    : curve_(loop), arrival_(loop.arrival), shards_(shards), gaps_(random.fork("load/arrivals")) {
  step_to(shard);
}

void Pacer::advance() { step_to(ordinal_ + shards_); }

void Pacer::step_to(std::uint64_t ordinal) {
  ordinal_ = ordinal;
  switch (arrival_) {
    case Arrival::constant:
      due_ = curve_.beyond(static_cast<double>(ordinal));
      break;
    case Arrival::poisson:
      // The gap before call k is draw k, whoever makes the call; the first call waits for one too.
      for (; next_gap_ <= ordinal; ++next_gap_) {
        gap_sum_ -= std::log(1 - gaps_.fork(next_gap_).unit());  // the difference is exact
      }
      due_ = curve_.beyond(gap_sum_);
      break;
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
