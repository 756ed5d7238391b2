#include "faults/injector.hpp"

namespace tripcurve::faults {

Treatment Injector::treat(const Request& request, TimePoint now) {
  if (!plan_.limits()) {
    return unlimited(request, now);
  }
  const auto action = unlimited(request, now);
  static_cast<void>(limiter_if_all_were_sent_.limited(action, now));
  return limiter_.limited(action, now);
}

bool Injector::would_succeed(const Request& request, TimePoint now, Duration timeout,
                             const OutcomeRules& rules) {
  if (refuses(now)) {
    return false;  // nobody gets in, so it takes nothing
  }
  const auto action = limiter_if_all_were_sent_.limited(unlimited(request, now), now);
  return plan_.ends_well(action, now, timeout, rules);
}

Treatment Injector::unlimited(const Request& request, TimePoint now) const {
  if (!by_hand_.is_set()) {
    return plan_.decide(request, now);
  }
  const auto instead = by_hand_.current();
  return instead ? plan_.decide(request, now, *instead) : plan_.decide(request, now);
}

}  // namespace tripcurve::faults
