#include "trial/watch.hpp"

#include <chrono>

#include <fmt/format.h>

#include "through/observe.hpp"

namespace tripcurve::trial {
namespace {

constexpr Duration between_looks = std::chrono::milliseconds(200);
// Threads write down what they see moments later.
constexpr Duration moments = std::chrono::milliseconds(50);

void leave_out_since(through::Seen& seen, TimePoint until) {
  std::erase_if(seen.calls, [&](const through::Call& call) { return call.sent >= until; });
  for (auto& call : seen.calls) {
    if (call.ended >= until) {
      call.ended = never;
      call.end.reset();
      call.good = false;
    }
  }
  std::erase_if(seen.arrivals, [&](const through::Arrival& one) { return one.at >= until; });
}

}  // namespace

void Watch::look(TimePoint now, load::BreakerBank& bank) {
  if (now >= next_look_ && now >= through::calibrated_until(timetable_) + moments) {
    tell(now - moments, bank);
    next_look_ = now + between_looks;
  }
}

void Watch::tell(TimePoint now, load::BreakerBank& bank) {
  auto seen = log_.seen();
  leave_out_since(seen, now);
  const auto changes = through::changes(seen, timetable_);
  for (; told_ < changes.size(); ++told_) {
    const auto& [from, to, when, cause, probes, most_probes] = changes[told_];
    bank.note({.breaker = 0,
               .transition = {when.latest, from, to,
                              fmt::format("after {:.3f} s: {}",
                                          to_seconds(when.earliest.time_since_epoch()), cause)},
               .probes = probes,
               .most_probes = most_probes,
               .earliest = when.earliest});
  }
}

std::vector<std::string> Watch::unfit(TimePoint now) {
  if (is_fit_ || now < next_look_) {
    return {};
  }
  const auto seen = log_.seen();
  is_fit_ = !seen.arrivals.empty();
  return through::unfit(seen, dependency_);
}

void Watch::add_to(report::Summary& summary, TimePoint now) const {
  report::add_through(summary, through::observe(log_.seen(), timetable_, now));
}

}  // namespace tripcurve::trial
