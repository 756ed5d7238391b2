#include "faults/injector.hpp"

#include <algorithm>

namespace tripcurve::faults {

Treatment Injector::treat(const Request& request, TimePoint now) {
  if (has_memory()) {
    static_cast<void>(carried_out(if_all_were_sent_, request, now));
    return carried_out(arrived_, request, now);
  }
  return decided(request, now, 1);
}

bool Injector::would_succeed(const Request& request, TimePoint now, Patience patience,
                             const OutcomeRules& rules) {
  if (is_plain()) {
    return plan_.ends_well(request, Treatment{treat_plainly(request.ordinal, now)}, plan_time(now),
                           patience, rules);
  }
  if (refuses(now)) {
    return false;  // nobody gets in, so it takes nothing
  }
  const auto opening = open(request.ordinal, now);
  if (opening.end != Opening::End::open || opening.delay >= patience.timeout) {
    const CallEnd gave_up{CallEnd::Kind::timeout, 0, opening.connecting};
    return rules.of(opening.end == Opening::End::open ? gave_up : opening.call_end()) ==
           Outcome::success;
  }
  const auto action =
      has_memory() ? carried_out(if_all_were_sent_, request, now) : decided(request, now, 1);
  const bool to_head = request.method == "HEAD";
  if (patience.stops_at_error_event && action.seen(to_head).error_event) {
    return false;
  }
  patience.timeout -= opening.delay;
  return plan_.ends_well(request, action, plan_time(now), patience, rules);
}

Treatment Injector::carried_out(Memory& memory, const Request& request, TimePoint now) const {
  const auto treated = [&](std::uint64_t in_flight) {
    const auto action = memory.limiter.limited(decided(request, now, in_flight), now);
    return worked_on(memory, action, request, now);
  };
  return counts_in_flight() ? memory.in_flight.admit(now, treated) : treated(1);
}

// What a limit turns away comes to no worker; whatever else is done to a request takes one.
Treatment Injector::worked_on(Memory& memory, const Treatment& action, const Request& request,
                              TimePoint now) const {
  const auto& capacity = plan_.capacity(action.phase);
  const auto& kinds = plan_.kinds(action.phase);
  if (!capacity.limits() || (action.item < kinds.size() && kinds[action.item] == limited_kind)) {
    return action;
  }
  using End = WorkerPool::Fate::Kind;
  const auto service = plan_.service_time(capacity, request.ordinal, plan_time(now));
  const auto [kind, after, ticket] = memory.workers.arrive(capacity, service, now, action.delay);
  if (kind == End::served) {
    auto served = action;
    served.delay += after;
    served.ticket = ticket;
    return served;
  }
  const auto item = std::ranges::find(kinds, kind == End::full ? full_kind : shed_kind);
  return {Decision{.delay = after,
                   .status = capacity.full,
                   .phase = action.phase,
                   .item = static_cast<std::uint16_t>(item - kinds.begin()),
                   .place = action.place,
                   .overruled = true}};
}

Opening Injector::open(std::uint64_t number, TimePoint now) const {
  const auto time = plan_time(now);
  const auto instead = by_hand_.is_set() ? by_hand_.current() : nullptr;
  return instead ? plan_.opening(number, time, *instead) : plan_.opening(number, time);
}

bool Injector::renews_connections(TimePoint now) const {
  const auto instead = by_hand_.is_set() ? by_hand_.current() : nullptr;
  return instead ? instead->errors.of_connections() : plan_.renews_connections(plan_time(now));
}

TimePoint Injector::next_edge(TimePoint now) const {
  const auto edge = plan_.next_edge(plan_time(now));
  return edge == never ? never : edge - (plan_time(now) - now);
}

Treatment Injector::decided(const Request& request, TimePoint now, std::uint64_t in_flight) const {
  const auto time = plan_time(now);
  if (!by_hand_.is_set()) {
    return plan_.decide(request, time, in_flight);
  }
  const auto instead = by_hand_.current();
  return instead ? plan_.decide(request, time, *instead, in_flight)
                 : plan_.decide(request, time, in_flight);
}

}  // namespace tripcurve::faults
