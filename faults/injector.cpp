#include "faults/injector.hpp"

namespace tripcurve::faults {

Treatment Injector::treat(const Request& request, TimePoint now) {
  if (has_memory()) {
    static_cast<void>(carried_out(if_all_were_sent_, request, now));
    return carried_out(arrived_, request, now);
  }
  return decided(request, now, 1);
}

bool Injector::would_succeed(const Request& request, TimePoint now, Duration timeout,
                             const OutcomeRules& rules) {
  if (refuses(now)) {
    return false;  // nobody gets in, so it takes nothing
  }
  const auto action =
      has_memory() ? carried_out(if_all_were_sent_, request, now) : decided(request, now, 1);
  return plan_.ends_well(action, now, timeout, rules);
}

Treatment Injector::carried_out(Memory& memory, const Request& request, TimePoint now) const {
  const auto limited = [&](std::uint64_t in_flight) {
    return memory.limiter.limited(decided(request, now, in_flight), now);
  };
  return counts_in_flight() ? memory.in_flight.admit(now, limited) : limited(1);
}

Treatment Injector::decided(const Request& request, TimePoint now, std::uint64_t in_flight) const {
  if (!by_hand_.is_set()) {
    return plan_.decide(request, now, in_flight);
  }
  const auto instead = by_hand_.current();
  return instead ? plan_.decide(request, now, *instead, in_flight)
                 : plan_.decide(request, now, in_flight);
}

}  // namespace tripcurve::faults
