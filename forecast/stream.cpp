#include "forecast/stream.hpp"

#include <algorithm>
#include <functional>

namespace tripcurve::forecast {

using breaker::Admission;

Stream::Stream(const breaker::Choice& choice, Random random) : breaker_(choice.make(random)) {}

// A breaker that is closed admits every caller at once, or turns some away without being open.
bool Stream::call(const EverydayCall& call) {
  const auto due = now_ + call.since_last;
  pass_until(due);
  if (tripped()) {
    return true;
  }
  now_ = due;
  const auto admission = breaker_->try_acquire(now_);
  if (admission.answer == Admission::Answer::admitted) {
    under_way_.push({now_ + call.takes, calls_, admission.permit, call.fails});
  }
  ++calls_;
  return tripped();
}

// Timers come before ends of the same instant, and both before calls.
void Stream::pass_until(TimePoint until) {
  while (!tripped()) {
    const auto tick = breaker_->next_tick();
    const auto end = under_way_.empty() ? never : under_way_.top().ends;
    if (std::min(tick, end) > until) {
      return;
    }
    now_ = std::max(now_, std::min(tick, end));
    if (tick <= end) {
      breaker_->tick(tick);
      continue;
    }
    const auto over = under_way_.top();
    under_way_.pop();
    breaker_->record(over.permit, over.fails ? Outcome::failure : Outcome::success,
                     {CallEnd::Kind::answer, static_cast<std::uint16_t>(over.fails ? 503 : 200)},
                     now_);
  }
}

bool Stream::tripped() { return breaker::claims_open(breaker_->state()); }

}  // namespace tripcurve::forecast
