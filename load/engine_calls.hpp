// What an engine does for each call, in a header: in virtual time this is most of the work, and
// what is seen through costs half. A part of load/engine.hpp, to be included by nobody else.
#pragma once

#include <utility>

#include "load/engine.hpp"

namespace tripcurve::load {

// Whose the n-th thing is when they are dealt out in turn to `count`, and which of theirs. Most
// often there is only one, and no need for a division.
struct Dealt {
  std::uint64_t whose = 0;
  std::uint64_t which = 0;
};
[[nodiscard]] inline Dealt deal(std::uint64_t n, std::uint64_t count) {
  return count == 1 ? Dealt{0, n} : Dealt{n % count, n / count};
}

// A call is due at `now`, or was before.
[[gnu::always_inline]] inline bool Engine::is_call_due(TimePoint now) {
  if (arrivals_over_) {
    return false;
  }
  const auto intended = next_arrival();
  if (intended >= arrivals_end_) {
    // While all workers wait for answers, one may still come back in time to call again.
    arrivals_over_ = intended != never || tape_ || now >= arrivals_end_;
    return false;
  }
  return intended <= now;
}

// Takes the next arrival away.
[[gnu::always_inline]] inline Workers::Turn Engine::take_arrival() {
  if (pacer_) {
    const auto ordinal = pacer_->ordinal();
    pacer_->advance();
    const auto [instance, turn] = deal(ordinal, plan_.instances);
    return {.instance = static_cast<std::uint32_t>(instance), .ordinal = ordinal, .endpoint = turn};
  }
  return tape_ ? tape_->take() : workers_->take();
}

[[gnu::always_inline]] inline std::uint32_t Engine::take_slot() {
  if (free_ == none_free) {
    calls_.emplace_back();
    return static_cast<std::uint32_t>(calls_.size() - 1);
  }
  return std::exchange(free_, calls_[free_].next_free);
}

[[gnu::always_inline]] inline void Engine::give_slot_back(std::uint32_t slot) {
  calls_[slot].next_free = std::exchange(free_, slot);
}

// Whether the call that has come due may begin. The workers of a closed loop are their own cap, and
// the calls of a recording were made.
[[gnu::always_inline]] inline bool Engine::has_room(const Call& call) const {
  const auto taken = under_way_ + let_go_;
  return !pacer_ || taken < cap_ ||
         (taken < cap_ + bank_.size() && breaker::claims_open(bank_.state(call.breaker)));
}

[[gnu::always_inline]] inline std::optional<std::uint32_t> Engine::take_up_call(TimePoint now) {
  const auto intended = next_arrival();
  const auto arrived = take_arrival();
  while (plan_.timetable.phases()[phase_].end <= intended) {
    ++phase_;
  }
  const auto slot = take_slot();
  auto& call = calls_[slot];
  call.intended = intended;
  call.sent = never;
  call.ordinal = arrived.ordinal;
  call.instance = arrived.instance;
  call.endpoint = static_cast<std::uint32_t>(deal(arrived.endpoint, endpoint_count_).whose);
  call.breaker = bank_.breaker_of(call.instance, call.endpoint);
  call.phase = &tally_.phases[phase_];
  call.cell = &call.phase->endpoints[call.endpoint];
  call.worker = arrived.worker;
  ++counts_of(call).calls;
  if (limit_ > 0) {
    call.phase->limit.note(limit_);
  }
  call.phase->schedule_error.record(now - intended);
  if (!has_room(call)) {
    drop(slot);
    return std::nullopt;
  }
  call.under_way = true;
  ++under_way_;
  if (departures_) {
    departures_->expect(slot, call.ordinal, intended);
  }
  return slot;
}

[[gnu::always_inline]] inline void Engine::note_sent(Call& call, TimePoint now) {
  ++counts_of(call).sent;
  if (call.sent == never && call.under_way) {
    call.sent = now;
    ++in_flight_;
    auto& peak = call.phase->peak_in_flight;
    peak = std::max<std::uint64_t>(peak, in_flight_);
  }
}

// A plain client: what client::Breaker does with a call, the timeout inside of it left out.
[[gnu::always_inline]] inline bool Engine::begin_plainly(std::uint32_t slot, TimePoint now) {
  auto& call = calls_[slot];
  if (!bank_.admits_unasked(call.breaker, now, call.permit)) {
    const auto admission = bank_.ask(call.breaker, now);
    ENSURE(admission.answer != breaker::Admission::Answer::waiting);
    if (admission.answer == breaker::Admission::Answer::rejected) {
      note_rejected(call, &Counts::fail_fast, now);
      call_over(call, now, true);
      give_slot_back(slot);
      return false;
    }
    call.permit = admission.permit;
  }
  note_sent(call, now);
  return true;
}

[[gnu::always_inline]] inline std::optional<Attempt> Engine::next_plainly(TimePoint now) {
  tick_breakers(now);
  while (is_call_due(now)) {
    const auto slot = take_up_call(now);
    if (slot && begin_plainly(*slot, now)) {
      const auto& call = calls_[*slot];
      return Attempt{.slot = *slot,
                     .ordinal = call.ordinal,
                     .endpoint = call.endpoint,
                     .leave = Leave::of(call.breaker, call.permit)};
    }
  }
  return std::nullopt;
}

// What has come of the answer to the attempt of that call that is over now. One that came at once
// has its head now, too.
[[gnu::always_inline]] inline void Engine::take_arrived(std::uint32_t slot, std::uint32_t call,
                                                        CallEnd end, TimePoint now) {
  came_.call = call;
  came_.head = never;
  came_.gap = no_gap;
  if (slot < arriving_.size() && arriving_[slot].head != never) {
    auto& arriving = arriving_[slot];
    came_.head = arriving.head;
    came_.gap = std::min(std::max(arriving.gap, now - arriving.last), now - arriving.head);
    arriving.head = never;
  } else if (end.kind() == CallEnd::Kind::answer || end.is_cut()) {
    came_.head = now;
  }
}

// When the head of the answer came with which a call has ended; `never` without one.
[[gnu::always_inline]] inline TimePoint Engine::head_of(const Call& call, CallEnd end) const {
  const bool has_head = end.kind() == CallEnd::Kind::answer || end.is_cut();
  const bool is_its_own = &calls_[came_.call] == &call;  // or the caller has never seen it
  return has_head && is_its_own ? came_.head : never;
}

[[gnu::always_inline]] inline Duration Engine::time_since_sent(const Call& call, TimePoint now) {
  return call.sent == never ? Duration{} : now - call.sent;
}

[[gnu::always_inline]] inline void Engine::note_ended(const Call& call, CallEnd end,
                                                      TimePoint now) {
  const auto outcome = plan_.caller.of(end);
  counts_of(call).note(end, outcome);
  auto& phase = *call.phase;
  const auto service = time_since_sent(call, now);
  if (const auto head = head_of(call, end); head == never) {
    call.cell->times.record(now - call.intended, service);
  } else {
    call.cell->times.record(now - call.intended, service, head - call.intended);
    if (came_.gap != no_gap) {
      phase.gap.record(came_.gap);
    }
  }
  phase.wasted += outcome == Outcome::failure ? service : Duration{};
}

[[gnu::always_inline]] inline void Engine::call_over(Call& call, TimePoint now, bool rejected) {
  if (workers_) {
    workers_->back(call.worker, now, rejected);
  }
  in_flight_ -= call.sent == never ? 0U : 1U;
  --under_way_;
  call.under_way = false;
}

[[gnu::always_inline]] inline void Engine::end_plainly(std::uint32_t slot, CallEnd end,
                                                       TimePoint now) {
  auto& call = calls_[slot];
  take_arrived(slot, slot, end, now);
  call.phase->note_attempt(end);
  bank_.record(call.breaker, call.permit, plain_->rules.of(end), end, now);
  note_ended(call, end, now);
  call_over(call, now, false);
  give_slot_back(slot);
}

}  // namespace tripcurve::load
