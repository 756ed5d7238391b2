#include "breaker/dialects/yarp.hpp"

#include <fmt/format.h>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

// YARP's own timeout cancels the copying of a body that has begun, which is no failure to it.
bool is_transport_failure(Outcome outcome, CallEnd end) {
  const bool has_head = end.status() != 0;
  return outcome == Outcome::failure && !(end.kind() == CallEnd::Kind::timeout && has_head);
}

}  // namespace

Yarp::Yarp(const YarpConfig& config, Random random)
    : config_(config),
      destinations_(config.destinations),
      balancer_(config.destinations, config.availability, config.load_balancing, random) {}

Admission Yarp::try_acquire(TimePoint now) {
  const auto destination = balancer_.begin_call();
  return destination ? admit(now, static_cast<std::uint32_t>(*destination))
                     : reject("NoAvailableDestinations");
}

std::string_view Yarp::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  balancer_.end_call(permit.note);
  auto& [history, has_timer] = destinations_[permit.note];
  const bool failed = is_transport_failure(outcome, end);
  history.add(failed, config_.window, now);
  const bool unhealthy = !(history.failure_rate(config_.minimum_calls) < config_.rate_limit);
  if (unhealthy == balancer_.is_unhealthy(permit.note)) {
    return {};
  }
  if (unhealthy && !has_timer) {
    has_timer = true;
    timers_.push_back({now + config_.shut_off_for(), permit.note});
  }
  set_unhealthy(permit.note, unhealthy,
                fmt::format("is {}: {}{}", unhealthy ? "unhealthy" : "healthy again",
                            share_failed(history.failures(), history.calls()),
                            seen_at(failed ? Outcome::failure : Outcome::success, end)),
                now);
  return {};
}

void Yarp::tick(TimePoint now) {
  while (next_tick() <= now) {
    const auto destination = timers_.front().destination;
    timers_.pop_front();
    destinations_[destination].has_timer = false;
    if (balancer_.is_unhealthy(destination)) {
      set_unhealthy(
          destination, false,
          "is let in again: " + passed_since(config_.shut_off_for(), "its reactivation was set"),
          now);
    }
  }
}

// A change is told as a transition, also when the cluster stays what it is.
void Yarp::set_unhealthy(std::size_t destination, bool unhealthy, const std::string& what,
                         TimePoint now) {
  balancer_.set_unhealthy(destination, unhealthy);
  auto cause = fmt::format("destination {} of {} {}", destination + 1, destinations_.size(), what);
  if (balancer_.panics()) {
    cause += "; none is healthy, so calls go to all of them (HealthyOrPanic)";
  }
  enter(balancer_.is_any_healthy() ? State::closed : State::open, now, std::move(cause));
}

}  // namespace tripcurve::breaker
