#include "load/pacer.hpp"

#include <cmath>

namespace tripcurve::load {

Pacer::Pacer(const OpenLoop& loop, std::uint32_t shard, std::uint32_t shards, Random random)
    : gap_ns_(1e9 / loop.rate.per_second),
      arrival_(loop.arrival),
      shards_(shards),
      gaps_(random.fork("load/arrivals")) {
  step_to(shard);
}

void Pacer::advance() { step_to(ordinal_ + shards_); }

void Pacer::step_to(std::uint64_t ordinal) {
  ordinal_ = ordinal;
  switch (arrival_) {
    case Arrival::constant:
      // One product, not a running sum: no error builds up, and below 2^53 ns it is exact to 1 ns.
      elapsed_ns_ = static_cast<double>(ordinal) * gap_ns_;
      break;
    case Arrival::poisson:
      // The gap before call k is draw k, whoever makes the call; the first call waits for one too.
      for (; next_gap_ <= ordinal; ++next_gap_) {
        elapsed_ns_ -= std::log1p(-gaps_.fork(next_gap_).unit()) * gap_ns_;
      }
      break;
  }
  // Beyond what a Duration holds, 292 years, is beyond every plan's end.
  due_ = elapsed_ns_ < 9e18 ? at(Duration(static_cast<Duration::rep>(elapsed_ns_))) : never;
}

}  // namespace tripcurve::load
