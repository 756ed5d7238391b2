#include "load/engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"

namespace tripcurve::load {
namespace {

// A held caller is asked for again at least this often: the verdict it waits for may come from
// another thread's call.
constexpr Duration held_interval = std::chrono::milliseconds(1);

// What is due by then is likely to be under way together soon after the start.
constexpr Duration early = std::chrono::milliseconds(10);

// How many things of `total` fall to `shard` when they are dealt out in turn.
std::uint32_t dealt(std::uint32_t total, std::uint32_t shard, std::uint32_t shards) {
  return total / shards + (shard < total % shards ? 1 : 0);
}

}  // namespace

Engine::Engine(const LoadPlan& plan, std::uint32_t shard, BreakerBank& bank)
    : plan_(plan),
      bank_(bank),
      shard_(shard),
      cap_(dealt(plan.max_in_flight, shard, plan.shards)),
      tally_(plan.timetable.phases().size(), plan.endpoints.size()) {
  ENSURE(shard < plan.shards && plan.instances > 0 && !plan.endpoints.empty());
  if (const auto* open = std::get_if<OpenLoop>(&plan.loop)) {
    pacer_.emplace(*open, shard, plan.shards, plan.random);
  } else {
    const auto& closed = std::get<ClosedLoop>(plan.loop);
    think_ = closed.think;
    pause_ = closed.pause_after_fail_fast();
    ENSURE(pause_ > Duration::zero());
    workers_ = WorkerQueues{};
    for (auto worker = shard; worker < closed.workers; worker += plan.shards) {
      workers_->thinking.push_back({TimePoint{}, worker % plan.instances});
    }
    workers_->calls_of.resize(plan.instances);
    arrivals_over_ = workers_->thinking.empty();
  }
}

void Engine::tick_breakers(TimePoint now) {
  if (bank_.next_tick() <= now) {
    bank_.tick(now);
    held_again_ = now;
  }
}

std::optional<Instruction> Engine::next(TimePoint now) {
  tick_breakers(now);
  if (oldest_ != none && calls_[oldest_].sent + plan_.timeout <= now) {
    return Instruction{Instruction::Kind::cancel, oldest_, calls_[oldest_].ordinal,
                       calls_[oldest_].endpoint};
  }
  if (!held_.empty() && held_again_ <= now) {
    if (auto action = ask_for_held(now)) {
      return action;
    }
  }
  while (!arrivals_over_) {
    const auto intended = next_arrival();
    if (intended >= plan_.timetable.end()) {
      // While all workers wait for answers, one may still come back in time to call again.
      arrivals_over_ = intended != never || now >= plan_.timetable.end();
      break;
    }
    if (intended > now) {
      break;
    }
    if (auto action = start_call(now)) {
      return action;
    }
  }
  return std::nullopt;
}

TimePoint Engine::next_due() const {
  auto due = bank_.next_tick();
  if (oldest_ != none) {
    due = std::min(due, calls_[oldest_].sent + plan_.timeout);
  }
  if (!held_.empty()) {
    due = std::min(due, held_again_);
  }
  if (!arrivals_over_) {
    due = std::min({due, next_arrival(), plan_.timetable.end()});
  }
  return due;
}

TimePoint Engine::next_arrival() const {
  if (pacer_) {
    return pacer_->due();
  }
  TimePoint first = never;
  for (const auto* queue : {&workers_->thinking, &workers_->pausing}) {
    if (!queue->empty()) {
      first = std::min(first, queue->front().due);
    }
  }
  return first;
}

// Takes the next arrival away.
Engine::Arrived Engine::take_arrival() {
  if (pacer_) {
    const auto ordinal = pacer_->ordinal();
    pacer_->advance();
    return {ordinal, static_cast<std::uint32_t>(ordinal % plan_.instances),
            ordinal / plan_.instances};
  }
  auto& thinking = workers_->thinking;
  auto& pausing = workers_->pausing;
  const bool from_pause =
      thinking.empty() || (!pausing.empty() && pausing.front().due < thinking.front().due);
  auto& queue = from_pause ? pausing : thinking;
  const auto instance = queue.front().instance;
  queue.pop_front();
  // Each instance goes its own round in each shard, or one that gets every second ordinal would
  // never call every second endpoint.
  return {shard_ + plan_.shards * workers_->calls++, instance,
          shard_ + workers_->calls_of[instance]++};
}

std::optional<Instruction> Engine::start_call(TimePoint now) {
  const auto intended = next_arrival();
  const auto arrived = take_arrival();
  while (plan_.timetable.phases()[phase_].end <= intended) {
    ++phase_;
  }
  const auto slot = take_slot();
  auto& call = calls_[slot];
  call.intended = intended;
  call.ordinal = arrived.ordinal;
  call.instance = arrived.instance;
  call.endpoint = static_cast<std::uint32_t>(arrived.turn % plan_.endpoints.size());
  call.phase = static_cast<std::uint32_t>(phase_);
  ++counts_of(call).calls;
  tally_.phases[phase_].schedule_error.record(now - intended);

  if (!has_room(call)) {
    drop(slot);
    return std::nullopt;
  }
  const auto admission = bank_.try_acquire(breaker_of(call), now);
  if (admission.answer == breaker::Admission::Answer::waiting) {
    call.permit = admission.permit;
    held_.push_back(slot);
    held_again_ = std::min(held_again_, now + held_interval);
    return std::nullopt;
  }
  return answered(slot, admission, now);
}

// Whether the breaker may be asked for a call that has come due, and the call be sent if it lets it
// out. A caller that waits takes as much room as one whose call is under way; the workers of a
// closed loop are their own cap.
bool Engine::has_room(const Call& call) const {
  const auto taken = in_flight_ + held_.size();
  return !pacer_ || taken < cap_ ||
         (taken < cap_ + bank_.size() && breaker::claims_open(bank_.state(breaker_of(call))));
}

void Engine::drop(std::uint32_t slot) {
  const auto& call = calls_[slot];
  ++counts_of(call).dropped;
  const auto state = bank_.state(breaker_of(call));
  if (state == breaker::State::half_open || state == breaker::State::open) {
    ++tally_.phases[call.phase].dropped_trials;
  }
  release_slot(slot);
}

void Engine::reject(std::uint32_t slot, TimePoint now) {
  const auto& call = calls_[slot];
  auto& counts = counts_of(call);
  ++counts.fail_fast;
  if (plan_.would_succeed && plan_.would_succeed(call.ordinal, call.endpoint, now)) {
    ++counts.rejected_good;
  }
  tally_.phases[call.phase].fail_fast.record(now - call.intended);
  if (workers_) {
    workers_->pausing.push_back({now + pause_, call.instance});
  }
  release_slot(slot);
}

// The breaker has decided on the call in `slot`; one that may not go out is over.
std::optional<Instruction> Engine::answered(std::uint32_t slot, const breaker::Admission& admission,
                                            TimePoint now) {
  auto& call = calls_[slot];
  switch (admission.answer) {
    case breaker::Admission::Answer::admitted:
      break;
    case breaker::Admission::Answer::rejected:
      reject(slot, now);
      return std::nullopt;
    case breaker::Admission::Answer::waiting:
      ENSURE(false);
  }
  call.permit = admission.permit;
  call.sent = now;
  ++counts_of(call).sent;
  ++in_flight_;
  auto& peak = tally_.phases[call.phase].peak_in_flight;
  peak = std::max<std::uint64_t>(peak, in_flight_);
  link_newest(slot);
  return Instruction{Instruction::Kind::send, slot, call.ordinal, call.endpoint,
                     Leave::of(breaker_of(call), call.permit)};
}

// Asks again for the held callers, oldest first; stops at the first that may go out.
std::optional<Instruction> Engine::ask_for_held(TimePoint now) {
  for (std::size_t i = 0; i < held_.size();) {
    const auto slot = held_[i];
    const auto& call = calls_[slot];
    const auto admission = bank_.resume(breaker_of(call), call.permit, now);
    if (admission.answer == breaker::Admission::Answer::waiting) {
      ++i;
      continue;
    }
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    if (auto action = answered(slot, admission, now)) {
      return action;  // the rest is asked for next
    }
  }
  held_again_ = now + held_interval;
  return std::nullopt;
}

void Engine::connected(std::uint32_t slot, TimePoint now) {
  tick_breakers(now);
  auto& call = calls_[slot];
  bank_.connected(breaker_of(call), call.permit, now);
}

void Engine::answering(std::uint32_t slot, std::uint16_t status, TimePoint now) {
  tick_breakers(now);
  auto& call = calls_[slot];
  const auto outcome = plan_.breaker_counts.of({CallEnd::Kind::answer, status});
  bank_.answering(breaker_of(call), call.permit, outcome, status, now);
}

void Engine::finished(std::uint32_t slot, CallEnd end, TimePoint now) {
  ENSURE(slot < calls_.size() && calls_[slot].under_way);
  tick_breakers(now);
  const auto& call = calls_[slot];
  const auto outcome = plan_.caller.of(end);
  bank_.record(breaker_of(call), call.permit, plan_.breaker_counts.of(end), end, now);
  held_again_ = now;

  auto& phase = tally_.phases[call.phase];
  auto& cell = phase.endpoints[call.endpoint];
  cell.counts.note(end, outcome);
  cell.response.record(now - call.intended);
  phase.service.record(now - call.sent);
  phase.wasted += outcome == Outcome::failure ? now - call.sent : Duration{};
  tally_.response.record(now - call.intended);

  unlink(slot);
  --in_flight_;
  if (workers_) {
    workers_->thinking.push_back({now + think_, call.instance});
  }
  release_slot(slot);
}

void Engine::abandon() {
  arrivals_over_ = true;
  const auto give_up = [&](std::uint32_t slot) { ++counts_of(calls_[slot]).unfinished; };
  while (oldest_ != none) {
    const auto slot = oldest_;
    give_up(slot);
    unlink(slot);
    release_slot(slot);
  }
  std::ranges::for_each(held_, give_up);
  held_.clear();
  in_flight_ = 0;
}

std::uint32_t Engine::early_in_flight() const {
  if (const auto* open = std::get_if<OpenLoop>(&plan_.loop)) {
    const double due = RateCurve(*open).calls_before(at(early)) / plan_.shards;
    return std::min(cap_, static_cast<std::uint32_t>(std::ceil(due)));
  }
  return dealt(std::get<ClosedLoop>(plan_.loop).workers, shard_, plan_.shards);
}

Snapshot Engine::snapshot(TimePoint now, bool with_tally) const {
  return {now, tally_.endpoints(), tally_.response, in_flight_,
          with_tally ? std::optional(tally_) : std::nullopt};
}

std::uint32_t Engine::take_slot() {
  if (free_.empty()) {
    calls_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(calls_.size() - 1));
  }
  const auto slot = free_.back();
  free_.pop_back();
  return slot;
}

void Engine::release_slot(std::uint32_t slot) { free_.push_back(slot); }

void Engine::link_newest(std::uint32_t slot) {
  auto& call = calls_[slot];
  call.under_way = true;
  call.older = newest_;
  call.newer = none;
  (newest_ == none ? oldest_ : calls_[newest_].newer) = slot;
  newest_ = slot;
}

void Engine::unlink(std::uint32_t slot) {
  auto& call = calls_[slot];
  call.under_way = false;
  (call.older == none ? oldest_ : calls_[call.older].newer) = call.newer;
  (call.newer == none ? newest_ : calls_[call.newer].older) = call.older;
}

}  // namespace tripcurve::load
