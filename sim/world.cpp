#include "sim/world.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/ensure.hpp"
#include "sim/event_queue.hpp"

namespace tripcurve::sim {
namespace {

// Some milliseconds of the real clock.
constexpr std::uint32_t instants_between_questions = 4096;

// The upstream and the way to it: what the sockets and net::Upstream are on the wire.
class Server {
 public:
  Server(const load::LoadPlan& load, faults::Injector& injector, const load::BreakerBank& bank,
         const ServerModel& model)
      : load_(load), injector_(injector), bank_(bank), model_(model), ledger_(injector.plan()) {}

  // The request of `action` leaves its client at `now`. An answer that would miss the client's
  // deadline is never queued, so what is queued is never cancelled.
  void receive(const load::Instruction& action, TimePoint now) {
    const auto [when, end] = answer(action, now);
    if (when >= now + load_.timeout) {
      return;
    }
    if (action.slot >= ends_.size()) {
      ends_.resize(action.slot + 1);
    }
    ends_[action.slot] = end;
    queue_.push(when, action.slot);
  }

  [[nodiscard]] TimePoint next_answer() const { return queue_.next_at(); }
  std::pair<std::uint32_t, CallEnd> take_answer() {
    const auto slot = queue_.pop();
    return {slot, ends_[slot]};
  }

  [[nodiscard]] const faults::Ledger& ledger() const { return ledger_; }

 private:
  std::pair<TimePoint, CallEnd> answer(const load::Instruction& action, TimePoint now) {
    if (injector_.refuses(now)) {
      return {now + model_.round_trip, {CallEnd::Kind::connect_failed, 0}};
    }
    const auto& [method, path, headers] = load_.endpoints[action.endpoint];
    const auto decided = injector_.treat({action.ordinal, method, path, headers}, now);
    ledger_.note(decided, bank_.passage(action.leave));

    const auto [when, end] = [&]() -> std::pair<TimePoint, CallEnd> {
      const auto done = now + decided.delay + model_.round_trip;
      switch (decided.fate) {
        case faults::Fate::answer:
          return {done, {CallEnd::Kind::answer, decided.status}};
        case faults::Fate::reset:
          return {done, {CallEnd::Kind::reset, 0}};
        case faults::Fate::empty:
          return {done, {CallEnd::Kind::closed, 0}};
        case faults::Fate::hang:
          break;
      }
      return {never, {CallEnd::Kind::timeout, 0}};
    }();
    // A port that closes takes its connections with it.
    if (const auto closing = injector_.plan().next_closing(now); closing <= when) {
      return {closing, {CallEnd::Kind::closed, 0}};
    }
    return {when, end};
  }

  const load::LoadPlan& load_;
  faults::Injector& injector_;
  const load::BreakerBank& bank_;
  ServerModel model_;
  faults::Ledger ledger_;
  EventQueue queue_;
  std::vector<CallEnd> ends_;  // by slot
};

}  // namespace

Counted run_world(const load::LoadPlan& load, faults::Injector& injector, load::BreakerBank& bank,
                  const ServerModel& model, const Observer& observer) {
  ENSURE(load.shards == 1);
  load::Engine engine(load, 0, bank);
  Server server(load, injector, bank, model);
  TimePoint now{};
  std::uint32_t instants = 0;

  while (!engine.done()) {
    const auto next = std::min(server.next_answer(), engine.next_due());
    ENSURE(next != never);
    for (auto look = observer.next_look(); look <= next; look = observer.next_look()) {
      if (!observer.look(engine, server.ledger(), look)) {
        engine.abandon();
        return {engine.tally(), server.ledger(), look};
      }
    }
    if (observer.enough && ++instants % instants_between_questions == 0 && observer.enough()) {
      engine.abandon();
      return {engine.tally(), server.ledger(), now};
    }
    now = std::max(now, next);

    // One instant: answers, then calls; the engine sees to the timers.
    while (server.next_answer() <= now) {
      const auto [slot, end] = server.take_answer();
      engine.finished(slot, end, now);
    }
    while (const auto action = engine.next(now)) {
      switch (action->kind) {
        case load::Instruction::Kind::send:
          if (engine.heeds_progress() && !injector.refuses(now)) {
            engine.connected(action->slot, now);
          }
          server.receive(*action, now);
          if (observer.sent) {
            observer.sent(*action, now);
          }
          break;
        case load::Instruction::Kind::cancel:  // every call has a connection at once
          engine.finished(action->slot, {CallEnd::Kind::timeout, 0}, now);
          break;
      }
    }
  }
  return {engine.tally(), server.ledger(), now};
}

}  // namespace tripcurve::sim
