#include "faults/drawn_ahead.hpp"

#include <limits>

namespace tripcurve::faults {

const Decision& DrawnAhead::draw(std::uint64_t ordinal, std::size_t phase, TimePoint now) {
  const auto& behaviour = injector_.plan().plain_behaviour(phase);
  const bool is_next = step_ == 1 && ordinal - next_ < decisions_.size();
  if (!behaviour.takes_one_number() || !(is_next || behaviour.leaves_nothing_to_chance())) {
    next_ = ordinal + 1;
    return single_ = injector_.treat_plainly(ordinal, now);
  }
  first_ = ordinal - ordinal % decisions_.size();
  count_ = decisions_.size();
  phase_ = phase;
  next_ = first_ + count_;
  injector_.plan().decide_plainly(first_, phase, decisions_);
  if (behaviour.leaves_nothing_to_chance()) {
    first_ = 0;
    count_ = std::numeric_limits<std::uint64_t>::max();
  }
  return decisions_[ordinal % decisions_.size()];
}

}  // namespace tripcurve::faults
