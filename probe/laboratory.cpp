#include "probe/laboratory.hpp"

#include <algorithm>
#include <cmath>

namespace tripcurve::probe {
namespace {

constexpr Duration least_latency = std::chrono::microseconds(100);

}  // namespace

Seen Metered::call(const Reply& reply) {
  ++calls_;
  const auto seen = inner_.call(reply);
  arrived_ += seen.arrivals > 0 ? 1U : 0U;
  const bool is_prompt = !reply.takes_time();
  note(seen.took, is_prompt ? seen.took : Duration{});
  if (seen.arrivals == 1 && is_prompt) {
    latency_ = std::min(latency_, std::max(least_latency, seen.took));
  }
  if (seen.arrivals > 0 && !(reply == Reply{})) {
    auto& first = reply.end.kind() == CallEnd::Kind::timeout ? first_unanswered_ : first_failed_;
    first = first.arrivals > 0 ? first : seen;
  }
  return seen;
}

Crowd Metered::together(std::uint32_t count, const Reply& reply) {
  calls_ += count;
  const auto crowd = inner_.together(count, reply);
  note(crowd.took, {});
  return crowd;
}

bool Metered::hold() {
  ++calls_;
  const bool arrived = inner_.hold();
  note({}, {});
  return arrived;
}

Entry Laboratory::prepared(const Script& script) const {
  const auto open = Duration(std::llround(hint.open_most * 1e9));
  Entry entry{.script = script, .failure = failure, .fresh = renews()};
  if (!renews()) {
    entry.recovery = {.first = open,
                      .every = std::max(Duration(std::chrono::milliseconds(20)), open / 20),
                      .settled = 12,
                      .patience = open * 30 + std::chrono::seconds(10)};
  }
  return entry;
}

bool Laboratory::carry_out(Entry& entry) {
  entry.at = metered.now();
  metered.begin_course();
  const auto calls = metered.calls();
  const auto arrived = metered.arrived();
  if (renews() ? !renew_() : !recover(*entry.recovery, metered)) {
    ended = metered.over() ? metered.why_over()
            : renews()     ? "the reset failed"
                           : "the breaker did not come back";
    are_limited = are_limited ||
                  (entry.recovery && metered.arrived() - arrived >= 2 * entry.recovery->settled);
    return false;
  }
  entry.script_at = metered.now();
  entry.seen = run(entry.script, entry.failure, metered);
  entry.course = metered.take_course();
  if (metered.over()) {
    ended = metered.why_over();
    return false;
  }
  entry.took = metered.now() - entry.at;
  entry.calls = metered.calls() - calls;
  return true;
}

bool Laboratory::carry_out_in_time(const Belief& belief, Entry& entry) {
  const auto takes = belief.predict(belief.best(), entry);
  if (takes.took > metered.time_left() || takes.calls > metered.calls_left()) {
    return false;
  }
  watcher_.began(entry.script, takes.took);
  return carry_out(entry);
}

}  // namespace tripcurve::probe
