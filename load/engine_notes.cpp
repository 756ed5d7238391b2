// What the engine counts of a call.
#include "load/engine.hpp"

namespace tripcurve::load {
namespace {

// A call that the breaker has rejected would have ended well.
bool is_lost(const LoadPlan& plan, const LoadPlan::Kept& call, TimePoint now) {
  return plan.would_succeed && plan.would_succeed(call, now);
}

}  // namespace

void Engine::note_answer(const Call& call, const client::Ending& ending, TimePoint now) {
  switch (ending.kind) {
    case client::Ending::Kind::open:
      note_rejected(call, &Counts::fail_fast, now);
      break;
    case client::Ending::Kind::full:
      note_rejected(call, &Counts::full, now);
      break;
    case client::Ending::Kind::fallback:
      note_fallback(call, ending);
      counts_of(call).rejected_good +=
          ending.of_open && is_lost(plan_, {call.ordinal, call.endpoint, call.instance}, now) ? 1U
                                                                                              : 0U;
      break;
    case client::Ending::Kind::wire:
    case client::Ending::Kind::timed_out:
    case client::Ending::Kind::cancelled:
      note_ended(call, ending.end, now);
      break;
  }
}

void Engine::note_rejected(const Call& call, std::uint64_t Counts::* how, TimePoint now) {
  auto& counts = counts_of(call);
  ++(counts.*how);
  if (how == &Counts::fail_fast &&
      is_lost(plan_, {call.ordinal, call.endpoint, call.instance}, now)) {
    ++counts.rejected_good;
  }
  call.phase->fail_fast.record(now - call.intended);
}

// Whatever the client has made of it, nobody was there to see.
void Engine::note_abandoned(const Call& call, TimePoint now) {
  ++counts_of(call).abandoned;
  const auto service = time_since_sent(call, now);
  call.cell->times.record(now - call.intended, service);
  call.phase->wasted += service;
}

void Engine::note_fallback(const Call& call, const client::Ending& ending) {
  auto& counts = counts_of(call);
  ++counts.fallback;
  counts.fallback_open += ending.of_open ? 1U : 0U;
  counts.cached += ending.substitute == client::Substitute::cached ? 1U : 0U;
  counts.queued += ending.substitute == client::Substitute::queued ? 1U : 0U;
}

void Engine::fell_back(std::uint32_t slot, const client::FallbackEvent& event) {
  using Kind = client::FallbackEvent::Kind;
  const auto& call = calls_[slot];
  auto& phase = *call.phase;
  switch (event.kind) {
    case Kind::stale:
      phase.stale_age.record(event.age);
      break;
    case Kind::missed:
      ++counts_of(call).cache_misses;
      break;
    case Kind::queue_full:
      ++counts_of(call).queue_full;
      break;
    case Kind::drained:
      ++counts_of(call).drained;
      phase.queue_wait.record(event.age);
      break;
    case Kind::lost:
      ++counts_of(call).lost;
      break;
  }
}

}  // namespace tripcurve::load
