#include "load/breaker_bank.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::load {

namespace {

std::size_t instance_step(BreakerScope scope, std::size_t endpoints) {
  switch (scope) {
    case BreakerScope::client:
      return 1;
    case BreakerScope::endpoint:
      return endpoints;
    case BreakerScope::shared:
      return 0;
  }
  return 0;
}

BreakerIdentity identity_of(std::size_t breaker, BreakerScope scope,
                            const std::vector<Endpoint>& endpoints, std::uint32_t instances) {
  if (scope == BreakerScope::shared) {
    return {.name = "shared"};
  }
  const auto per_instance = instance_step(scope, endpoints.size());
  const bool named_after_client = instances > 1 || scope == BreakerScope::client;
  BreakerIdentity identity{.instance = static_cast<std::uint32_t>(breaker / per_instance + 1),
                           .name = named_after_client ? "client" : ""};
  if (instances > 1) {
    identity.name += " " + std::to_string(identity.instance);
  }
  if (scope == BreakerScope::endpoint) {
    identity.endpoint = endpoints[breaker % per_instance].name();
    identity.name += (named_after_client ? " " : "") + identity.endpoint;
  }
  return identity;
}

}  // namespace

BreakerBank::BreakerBank(const breaker::Choice& choice, BreakerScope scope,
                         const std::vector<Endpoint>& endpoints, Random random,
                         std::uint32_t instances)
    : heeds_while_closed_(choice.dialect().heeds_while_closed),
      heeds_progress_(choice.dialect().heeds_progress),
      holds_callers_(choice.dialect().holds_callers),
      instance_step_(instance_step(scope, endpoints.size())),
      endpoint_step_(scope == BreakerScope::endpoint ? 1 : 0) {
  const Random draws = random.fork("breaker");
  const auto count = scope == BreakerScope::shared ? 1 : instances * instance_step_;
  for (std::size_t i = 0; i < count; ++i) {
    auto guard = std::make_unique<Guard>();
    guard->breaker = choice.make(draws.fork(i));
    // A library may make a breaker in another state than closed: that is where it begins.
    static_cast<void>(guard->breaker->take_transitions());
    totals_.emplace_back(guard->breaker->state());
    guard->stay = Stay(*guard->breaker);
    guard->identity = identity_of(i, scope, endpoints, instances);
    guards_.push_back(std::move(guard));
    next_ticks_.push_back(never);
    publish(*guards_.back(), i);
  }
}

BreakerBank::BreakerBank(const breaker::Choice& choice, const std::vector<std::string>& names)
    : BreakerBank(choice, BreakerScope::client, {}, Random(0),
                  static_cast<std::uint32_t>(names.size())) {
  instance_step_ = 0;  // each call is one of all of them
  for (std::size_t i = 0; i < names.size(); ++i) {
    guards_[i]->identity = {.name = names[i]};
  }
}

BreakerBank BreakerBank::observed(const std::vector<std::string>& names) {
  return {breaker::parse_choice("none").value(), names};
}

BreakerBank::~BreakerBank() = default;

const BreakerIdentity& BreakerBank::identity(std::size_t breaker) const {
  return guards_[breaker]->identity;
}

// The breaker has answered: counts a trial call that goes out.
void BreakerBank::note_answer(Guard& guard, std::size_t breaker,
                              const breaker::Admission& admission) {
  publish(guard, breaker);
  if (admission.answer == breaker::Admission::Answer::admitted &&
      admission.permit.state == breaker::State::half_open) {
    ++guard.probes.sent;
    ++guard.probing;
    guard.probes.most = std::max(guard.probes.most, guard.probing);
  }
}

void BreakerBank::publish_change(Guard& guard, std::size_t breaker, TimePoint sent) {
  if (const auto next = guard.breaker->next_tick(); next != guard.next_tick) {
    guard.next_tick = next;
    const std::lock_guard lock(tick_mutex_);
    next_ticks_[breaker] = next;
    next_tick_.store(std::ranges::min(next_ticks_), std::memory_order_relaxed);
  }
  if (!guard.breaker->has_transitions()) {
    return;
  }
  guard.stay.store(Stay(*guard.breaker), std::memory_order_release);
  const std::lock_guard lock(log_mutex_);
  for (auto& transition : guard.breaker->take_transitions()) {
    const auto probes = std::exchange(guard.probes, Probes{});
    ++transition_count_;
    totals_[breaker].note(transition.at, transition.to);
    if (log_.size() < log_limit) {
      log_.push_back({breaker, std::move(transition), probes.sent, probes.most,
                      sent == never ? std::nullopt : std::optional(sent)});
    }
  }
}

breaker::Admission BreakerBank::try_acquire(std::size_t breaker, TimePoint now) {
  if (breaker::Permit permit; admits_unasked(breaker, now, permit)) {
    return {breaker::Admission::Answer::admitted, permit, {}};
  }
  return ask(breaker, now);
}

breaker::Admission BreakerBank::ask(std::size_t breaker, TimePoint now) {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  auto admission = guard.breaker->try_acquire(guard.lifted(now));
  note_answer(guard, breaker, admission);
  return admission;
}

breaker::Admission BreakerBank::resume(std::size_t breaker, const breaker::Permit& held,
                                       TimePoint now) {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  auto admission = guard.breaker->resume(held, guard.lifted(now));
  note_answer(guard, breaker, admission);
  return admission;
}

void BreakerBank::forget(std::size_t breaker, const breaker::Permit& permit) {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  guard.probing -= permit.state == breaker::State::half_open ? 1U : 0U;
  guard.breaker->forget(permit);
}

void BreakerBank::connected(std::size_t breaker, breaker::Permit& permit, TimePoint now) {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  guard.breaker->connected(permit, guard.lifted(now));
  permit.told = breaker::Stage::connected;
  publish(guard, breaker, permit.given_at);
}

void BreakerBank::answering(std::size_t breaker, breaker::Permit& permit, breaker::Outcome outcome,
                            std::uint16_t status, TimePoint now) {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  guard.breaker->answering(permit, outcome, status, guard.lifted(now));
  permit.told = breaker::Stage::answering;
  publish(guard, breaker, permit.given_at);
}

void BreakerBank::tick(TimePoint now) {
  // Found by the list alone: of a thousand breakers few are due, and each has its own cache line.
  const auto first_due = [&](std::size_t from) {
    const std::lock_guard lock(tick_mutex_);
    while (from < next_ticks_.size() && next_ticks_[from] > now) {
      ++from;
    }
    return from;
  };
  for (auto i = first_due(0); i < guards_.size(); i = first_due(i + 1)) {
    auto& guard = *guards_[i];
    const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
    for (TimePoint due = guard.breaker->next_tick(); due <= now;) {
      guard.breaker->tick(guard.lifted(due));
      const TimePoint next = guard.breaker->next_tick();
      ENSURE(next > due);
      due = next;
    }
    publish(guard, i);
  }
}

Probes BreakerBank::probes(std::size_t breaker) const {
  auto& guard = *guards_[breaker];
  const Guard::Lock lock(is_shared_ ? &guard.taken : nullptr);
  return guard.probes;
}

void BreakerBank::note(const BreakerEvent& event) {
  const std::lock_guard lock(log_mutex_);
  guards_[event.breaker]->stay.store(Stay(event.transition.to, ++transition_count_),
                                     std::memory_order_release);
  totals_[event.breaker].note(event.transition.at, event.transition.to);
  if (log_.size() < log_limit) {
    log_.push_back(event);
  }
}

std::vector<BreakerEvent> BreakerBank::events_since(std::size_t first) const {
  const std::lock_guard lock(log_mutex_);
  return {log_.begin() + static_cast<std::ptrdiff_t>(std::min(first, log_.size())), log_.end()};
}

std::uint64_t BreakerBank::transition_count() const {
  const std::lock_guard lock(log_mutex_);
  return transition_count_;
}

breaker::Totals BreakerBank::totals(std::size_t breaker) const {
  const std::lock_guard lock(log_mutex_);
  return totals_[breaker];
}

}  // namespace tripcurve::load
