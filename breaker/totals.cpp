#include "breaker/totals.hpp"

#include <algorithm>

#include "core/ensure.hpp"

namespace tripcurve::breaker {
namespace {

std::size_t index(State state) { return static_cast<std::size_t>(acts_as(state)); }

}  // namespace

void Totals::note(TimePoint at, State to) {
  const auto now = std::max(at, since_);
  spent_[index(state_)] += now - since_;
  ++transitions_;
  opens_ += breaker::opens(state_, to) ? 1U : 0U;
  trips_ += breaker::trips(state_, to) ? 1U : 0U;
  closes_ += breaker::closes(state_, to) ? 1U : 0U;
  state_ = to;
  since_ = now;
}

Duration Totals::time_in(State acting, TimePoint until) const {
  ENSURE(until >= since_);
  const auto spent = spent_[index(acting)];
  return acts_as(state_) == acts_as(acting) ? spent + (until - since_) : spent;
}

}  // namespace tripcurve::breaker
