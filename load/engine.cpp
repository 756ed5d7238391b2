#include "load/engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/ensure.hpp"

namespace tripcurve::load {
namespace {

// What is due by then is likely to be under way together soon after the start.
constexpr Duration early = std::chrono::milliseconds(10);

// How many things of `total` fall to `shard` when they are dealt out in turn.
std::uint32_t dealt(std::uint32_t total, std::uint32_t shard, std::uint32_t shards) {
  return total / shards + (shard < total % shards ? 1 : 0);
}

client::Policies policies_of(const LoadPlan& plan) {
  return plan.client.empty() ? breaker_around_timeout(plan) : plan.client;
}

// The client, if nothing but its breaker and the end of an attempt decides about its calls.
std::optional<client::PlainClient> plain_client(const LoadPlan& plan, const BreakerBank& bank,
                                                Foresight foresight) {
  const bool may_be = foresight == Foresight::end && !plan.abandonment && !bank.holds_callers() &&
                      !bank.heeds_progress();
  return may_be ? client::plain_client(policies_of(plan)) : std::nullopt;
}

bool is_rejection(const client::Ending& ending) {
  return ending.kind == client::Ending::Kind::open || ending.kind == client::Ending::Kind::full;
}

}  // namespace

CallEnd given_up_while_waiting(std::uint32_t /*slot*/) { return {CallEnd::Kind::timeout, 0}; }

// What the client asks and tells is the engine's own, or the bank's.
class Engine::Outside final : public client::Wire, public client::Breakers {
 public:
  Outside(Engine& engine, BreakerBank& bank) : engine_(engine), bank_(bank) {}

  void send(const client::Attempt& attempt, TimePoint now) override {
    engine_.sending(attempt, now);
  }
  CallEnd cancel(const client::Attempt& attempt, TimePoint now) override {
    return engine_.giving_up(attempt, now);
  }
  void answered(std::uint32_t call, const client::Ending& ending, TimePoint now) override {
    engine_.answered(call, ending, now);
  }
  void let_go_over(std::uint32_t call, TimePoint /*now*/) override { engine_.let_go_over(call); }
  void limited(std::uint32_t limit, TimePoint now) override { engine_.limited(limit, now); }
  void rested(std::uint32_t call) override {
    engine_.let_go_ -= engine_.is_answered(call) ? 1U : 0U;
  }
  void resumed(std::uint32_t call) override {
    engine_.let_go_ += engine_.is_answered(call) ? 1U : 0U;
  }
  void fell_back(std::uint32_t call, const client::FallbackEvent& event) override {
    engine_.fell_back(call, event);
  }

  breaker::Admission try_acquire(std::uint32_t call, TimePoint now) override {
    return bank_.try_acquire(breaker_of(call), now);
  }
  breaker::Admission resume(std::uint32_t call, const breaker::Permit& held,
                            TimePoint now) override {
    return bank_.resume(breaker_of(call), held, now);
  }
  void connected(std::uint32_t call, breaker::Permit& permit, TimePoint now) override {
    bank_.connected(breaker_of(call), permit, now);
  }
  void answering(std::uint32_t call, breaker::Permit& permit, Outcome outcome, std::uint16_t status,
                 TimePoint now) override {
    bank_.answering(breaker_of(call), permit, outcome, status, now);
  }
  void record(std::uint32_t call, const breaker::Permit& permit, Outcome outcome, CallEnd end,
              TimePoint now) override {
    bank_.record(breaker_of(call), permit, outcome, end, now);
  }
  void forget(std::uint32_t call, const breaker::Permit& permit) override {
    bank_.forget(breaker_of(call), permit);
  }

 private:
  [[nodiscard]] std::size_t breaker_of(std::uint32_t call) const {
    return engine_.calls_[call].breaker;
  }

  Engine& engine_;
  BreakerBank& bank_;
};

Engine::Engine(const LoadPlan& plan, std::uint32_t shard, BreakerBank& bank, GiveUp give_up,
               Foresight foresight)
    : plan_(plan),
      arrivals_end_(plan.timetable.end()),
      endpoint_count_(plan.endpoints.size()),
      bank_(bank),
      cap_(dealt(plan.max_in_flight, shard, plan.shards)),
      tally_(plan.timetable.phases().size(), plan.endpoints.size()),
      give_up_(std::move(give_up)),
      plain_(plain_client(plan, bank, foresight)),
      outside_(std::make_unique<Outside>(*this, bank)),
      client_(client::make_policies(
                  policies_of(plan),
                  [this](const client::BreakerConfig&) -> client::Breakers& { return *outside_; },
                  call_facts(shard), plan.random.fork("client/limit")),
              *outside_),
      heeds_progress_(bank.heeds_progress() || client_.heeds_progress()) {
  ENSURE(shard < plan.shards && plan.instances > 0 && !plan.endpoints.empty());
  if (plan.abandonment) {
    departures_.emplace(*plan.abandonment, plan.timeout, plan.random);
  }
  if (const auto* open = std::get_if<OpenLoop>(&plan.loop)) {
    pacer_.emplace(*open, shard, plan.shards, plan.random);
  } else if (const auto* recorded = std::get_if<Recorded>(&plan.loop)) {
    ENSURE(plan.shards == 1);
    tape_.emplace(*recorded->arrivals);
  } else {
    workers_.emplace(plan, shard);
    arrivals_over_ = workers_->next_due() == never;
  }
}

Engine::~Engine() = default;

std::optional<Attempt> Engine::next_by_policies(TimePoint now) {
  if (!has_to_send()) {
    do_what_is_due(now);
  }
  while (!has_to_send() && is_call_due(now)) {
    if (const auto slot = take_up_call(now)) {
      client_.begin(*slot, now);
    }
  }
  if (!has_to_send()) {
    return std::nullopt;
  }
  const auto& attempt = to_send_[handed_out_++];
  const auto& call = calls_[attempt.call];
  return Attempt{.slot = attempt.id,
                 .ordinal = call.ordinal,
                 .number = attempt.number,
                 .endpoint = call.endpoint,
                 .leave = Leave::of(call.breaker, client_.leave_of(attempt.id))};
}

// All but the calls that are due.
void Engine::do_what_is_due(TimePoint now) {
  to_send_.clear();
  handed_out_ = 0;
  tick_breakers(now);
  if (client_.next_due() <= now) {
    client_.tick(now);
  }
  if (!standstills_.empty()) {
    give_up_stalled(now);
  }
  if (departures_) {
    see_off(now);
  }
}

TimePoint Engine::next_due_by_policies() {
  if (has_to_send()) {
    return TimePoint{};
  }
  auto due = std::min(bank_.next_tick(), client_.next_due());
  if (!standstills_.empty()) {
    due = std::min(due, standstills_.top().due);
  }
  if (departures_) {
    due = std::min(due, departures_->next_due());
  }
  if (!arrivals_over_) {
    due = std::min({due, next_arrival(), arrivals_end_});
  }
  return due;
}

void Engine::tick_due_breakers(TimePoint now) {
  bank_.tick(now);
  client_.breakers_ticked(now);
}

Workers::Turn Engine::Tape::take() {
  const auto taken = *upcoming_;
  upcoming_ = arrivals_.next();
  return {.instance = taken.instance, .ordinal = ordinal_++, .endpoint = taken.endpoint};
}

// Lets the callers go whose time has come. Most of their calls have ended before.
void Engine::see_off(TimePoint now) {
  while (departures_->next_due() <= now) {
    const auto [due, ordinal, slot] = departures_->take();
    if (calls_[slot].under_way && calls_[slot].ordinal == ordinal) {
      leaving_ = slot;
      client_.gone(slot, now);
      leaving_.reset();
    }
  }
}

void Engine::drop(std::uint32_t slot) {
  const auto& call = calls_[slot];
  ++counts_of(call).dropped;
  const auto state = bank_.state(call.breaker);
  if (state == breaker::State::half_open || state == breaker::State::open) {
    ++call.phase->dropped_trials;
  }
  give_slot_back(slot);
}

// The client sends an attempt: next() hands it out.
void Engine::sending(const client::Attempt& attempt, TimePoint now) {
  note_sent(calls_[attempt.call], now);
  to_send_.push_back(attempt);
}

CallEnd Engine::giving_up(const client::Attempt& attempt, TimePoint now) {
  const auto waiting =
      std::ranges::find(to_send_.begin() + static_cast<std::ptrdiff_t>(handed_out_), to_send_.end(),
                        attempt.id, &client::Attempt::id);
  if (waiting == to_send_.end()) {
    const auto end = give_up_(attempt.id);
    const auto finished = came_;
    take_arrived(attempt.id, attempt.call, end, now);
    calls_[came_.call].phase->note_attempt(end);
    if (finishing_) {
      came_ = finished;
    }
    return end;
  }
  to_send_.erase(waiting);
  return {CallEnd::Kind::timeout, 0, true};
}

void Engine::limited(std::uint32_t limit, TimePoint now) {
  limit_ = limit;
  tally_.phases[plan_.timetable.index_at(now)].limit.note(limit);
}

// Where the shards divide the instances, each has those for itself whose calls it makes.
client::CallFacts Engine::call_facts(std::uint32_t shard) const {
  const bool is_divided = plan_.instances % plan_.shards == 0;
  const auto step = is_divided ? plan_.shards : 1;
  const auto first = is_divided ? shard : 0;
  return {
      .draw =
          [this](std::uint32_t slot, std::uint32_t retry) {
            return plan_.random.fork("client/retry").fork(calls_[slot].ordinal).fork(retry).unit();
          },
      .key =
          [this](std::uint32_t slot, std::uint64_t keys) {
            const auto& call = calls_[slot];
            return client::key_of(call.endpoint, keys,
                                  plan_.random.fork("client/key").fork(call.ordinal).unit());
          },
      .instances = {.count = plan_.instances / step,
                    .of = [this, step](std::uint32_t slot) { return calls_[slot].instance / step; },
                    .number = [step,
                               first](std::uint32_t instance) { return first + instance * step; }}};
}

void Engine::connected(std::uint32_t slot, TimePoint now) {
  tick_breakers(now);
  client_.connected(slot, now);
}

void Engine::answering(std::uint32_t slot, std::uint16_t status, TimePoint now) {
  const auto& arriving = note_head(slot, now);
  if (plan_.gap_timeout) {
    standstills_.push({now + *plan_.gap_timeout, slot, arriving.serial});
  }
  tell_head(slot, status, now);
}

void Engine::answering(std::uint32_t slot, std::uint16_t status, TimePoint now, Pace pace) {
  auto& arriving = note_head(slot, now);
  arriving.gap = pace.between;
  arriving.last = pace.last;
  tell_head(slot, status, now);
}

void Engine::tell_head(std::uint32_t slot, std::uint16_t status, TimePoint now) {
  if (heeds_progress_) {
    tick_breakers(now);
    client_.answering(slot, status, now);
  }
}

Engine::Arriving& Engine::note_head(std::uint32_t slot, TimePoint now) {
  if (slot >= arriving_.size()) {
    arriving_.resize(slot + std::size_t{1});
  }
  auto& arriving = arriving_[slot];
  arriving = {.head = now, .last = now, .gap = {}, .serial = arriving.serial + 1};
  return arriving;
}

void Engine::progressed(std::uint32_t slot, TimePoint now) {
  ENSURE(slot < arriving_.size() && arriving_[slot].head != never);
  auto& arriving = arriving_[slot];
  arriving.gap = std::max(arriving.gap, now - arriving.last);
  arriving.last = now;
}

// Those of which nothing has come for too long. One of which something has come since is looked at
// again later.
void Engine::give_up_stalled(TimePoint now) {
  while (!standstills_.empty() && standstills_.top().due <= now) {
    const auto [looked, slot, serial] = standstills_.top();
    standstills_.pop();
    const auto& arriving = arriving_[slot];
    if (arriving.head == never || arriving.serial != serial) {
      continue;
    }
    if (const auto due = arriving.last + *plan_.gap_timeout; due > now) {
      standstills_.push({due, slot, serial});
    } else {
      finished(slot, give_up_(slot), now);
    }
  }
}

void Engine::end_by_policies(std::uint32_t slot, CallEnd end, TimePoint now) {
  const auto call = client_.frame(slot).call;
  take_arrived(slot, call, end, now);
  calls_[call].phase->note_attempt(end);
  finishing_ = true;
  client_.ended(slot, {.end = end}, now);
  finishing_ = false;
}

// The call is over.
void Engine::answered(std::uint32_t slot, const client::Ending& ending, TimePoint now) {
  auto& call = calls_[slot];
  const bool rejected = leaving_ != slot && is_rejection(ending);
  if (leaving_ == slot) {
    note_abandoned(call, now);
  } else {
    note_answer(call, ending, now);
  }
  call_over(call, now, rejected);
  if (client_.has_let_go(slot)) {
    let_go_ += client_.goes_on(slot) ? 1U : 0U;
  } else {
    give_slot_back(slot);
  }
}

void Engine::let_go_over(std::uint32_t slot) {
  --let_go_;
  give_slot_back(slot);
}

void Engine::abandon() {
  arrivals_over_ = true;
  for (auto& call : calls_) {
    if (call.under_way) {
      ++counts_of(call).unfinished;
      call.under_way = false;
    }
  }
  to_send_.clear();
  handed_out_ = 0;
  under_way_ = 0;
  in_flight_ = 0;
}

std::uint32_t Engine::early_in_flight() const {
  if (const auto* open = std::get_if<OpenLoop>(&plan_.loop)) {
    const double due = RateCurve(*open).calls_before(at(early)) / plan_.shards;
    return std::min(cap_, static_cast<std::uint32_t>(std::ceil(due)));
  }
  return workers_ ? workers_->there_before(at(early)) : 0;
}

Snapshot Engine::snapshot(TimePoint now, bool with_tally) const {
  return {now,
          tally_.endpoints(),
          tally_.response(),
          in_flight_,
          with_tally ? std::optional(tally_) : std::nullopt,
          limit_};
}

}  // namespace tripcurve::load
