#include "breaker/dialects/yarp_history.hpp"

#include <chrono>

namespace tripcurve::breaker {
namespace {

constexpr Duration record_length = std::chrono::seconds(1);

bool is_outside(TimePoint stamp, Duration window, TimePoint now) {
  constexpr double ticks_per_second = 1000;
  return to_milliseconds(now - stamp) > to_seconds(window) * ticks_per_second;
}

}  // namespace

void YarpHistory::add(bool failed, Duration window, TimePoint now) {
  make_room(now);
  for (auto* results : {&open_.results, &total_}) {
    ++results->calls;
    results->failures += failed ? 1U : 0U;
  }
  while (!closed_.empty() && is_outside(closed_.front().stamp, window, now)) {
    total_.calls -= closed_.front().results.calls;
    total_.failures -= closed_.front().results.failures;
    closed_.pop_front();
  }
}

// Begins a record, if none is open or the open one is over.
void YarpHistory::make_room(TimePoint now) {
  if (has_open_ && now < open_.stamp) {
    return;
  }
  if (has_open_) {
    closed_.push_back(open_);
  }
  open_ = {.stamp = now + record_length, .results = {}};
  has_open_ = true;
}

double YarpHistory::failure_rate(std::uint64_t minimum) const {
  if (total_.calls < minimum || total_.calls == 0) {
    return 0;
  }
  return static_cast<double>(total_.failures) / static_cast<double>(total_.calls);
}

}  // namespace tripcurve::breaker
