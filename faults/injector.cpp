#include "faults/injector.hpp"

#include <algorithm>

namespace tripcurve::faults {

Treatment Injector::treat(const Request& request, TimePoint now) {
  const auto rule = in_force(now);
  if (has_memory()) {
    static_cast<void>(carried_out(if_all_were_sent_, rule, request, now));
    return carried_out(arrived_, rule, request, now);
  }
  return counted(rule, rule.plan.decide(request, rule.time, 1), request, now);
}

bool Injector::would_succeed(const Request& request, TimePoint now, Patience patience,
                             const OutcomeRules& rules) {
  if (is_plain()) {
    return plan_.ends_well(request, Treatment{treat_plainly(request.ordinal, now)}, plan_time(now),
                           patience, rules);
  }
  const auto rule = in_force(now);
  if (rule.plan.refuses(rule.time)) {
    return false;  // nobody gets in, so it takes nothing
  }
  const auto opening = rule.plan.opening(request.ordinal, rule.time);
  if (opening.end != Opening::End::open || opening.delay >= patience.timeout) {
    const CallEnd gave_up{CallEnd::Kind::timeout, 0, opening.connecting};
    return rules.of(opening.end == Opening::End::open ? gave_up : opening.call_end()) ==
           Outcome::success;
  }
  const auto action = has_memory() ? carried_out(if_all_were_sent_, rule, request, now)
                                   : rule.plan.decide(request, rule.time, 1);
  const bool to_head = request.method == "HEAD";
  if (patience.stops_at_error_event && action.seen(to_head).error_event) {
    return false;
  }
  patience.timeout -= opening.delay;
  return rule.plan.ends_well(request, action, rule.time, patience, rules);
}

Treatment Injector::carried_out(Memory& memory, const InForce& rule, const Request& request,
                                TimePoint now) const {
  const auto treated = [&](std::uint64_t in_flight) {
    const auto action = limited(memory, rule, rule.plan.decide(request, rule.time, in_flight), now);
    return counted(rule, worked_on(memory, rule, action, request, now), request, now);
  };
  return counts_in_flight() ? memory.in_flight.admit(now, treated) : treated(1);
}

// A limit of its own has what is injected in a limiter of its own; the normal one goes on.
Treatment Injector::limited(Memory& memory, const InForce& rule, const Treatment& action,
                            TimePoint now) {
  const bool has_own = rule.injected && rule.injected->phase().limit;
  auto& limiter = has_own ? rule.injected->limiters[memory.stream] : memory.limiter;
  return limiter.limited(rule.plan, action, now);
}

// What a limit turns away comes to no worker; whatever else is done to a request takes one.
Treatment Injector::worked_on(Memory& memory, const InForce& rule, const Treatment& action,
                              const Request& request, TimePoint now) {
  const auto& capacity = rule.plan.capacity(action.phase);
  if (!capacity.limits() || action.turned_away != nullptr) {
    return action;
  }
  using End = WorkerPool::Fate::Kind;
  const auto service = rule.plan.service_time(capacity, request.ordinal, rule.time);
  const auto [kind, after, ticket] = memory.workers.arrive(capacity, service, now, action.delay);
  if (kind == End::served) {
    auto served = action;
    served.delay += after;
    served.ticket = ticket;
    return served;
  }
  const auto* word = kind == End::full ? full_kind : shed_kind;
  const auto& kinds = rule.plan.kinds(action.phase);
  const auto item = std::ranges::find(kinds, word);
  return {Decision{.delay = after,
                   .status = capacity.full,
                   .phase = action.phase,
                   .item = static_cast<std::uint16_t>(item - kinds.begin()),
                   .place = action.place,
                   .overruled = true},
          {},
          WorkerPool::no_ticket,
          word};
}

// What was decided, in the phases of the plan, by which it is counted.
Treatment Injector::counted(const InForce& rule, Treatment action, const Request& request,
                            TimePoint now) const {
  if (rule.injected) {
    const auto phase = plan_.phase_at(plan_time(now));
    action.phase = static_cast<std::uint16_t>(phase);
    action.place = static_cast<std::uint16_t>(plan_.place_for(request, phase));
    action.item = action.item == Decision::served ? Decision::served : Decision::unplanned;
    action.overruled = true;
  }
  return action;
}

Opening Injector::open(std::uint64_t number, TimePoint now) const {
  const auto rule = in_force(now);
  auto opening = rule.plan.opening(number, rule.time);
  if (rule.injected) {
    if (opening.item != Opening::served) {
      opening.kind = rule.plan.kinds(opening.phase)[opening.item];
      opening.item = Opening::unplanned;
    }
    opening.phase = static_cast<std::uint16_t>(plan_.phase_at(plan_time(now)));
    opening.overruled = true;
  }
  return opening;
}

TimePoint Injector::next_edge(TimePoint now) const {
  const auto edge = plan_.next_edge(plan_time(now));
  return edge == never ? never : edge - (plan_time(now) - now);
}

}  // namespace tripcurve::faults
