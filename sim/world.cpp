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

  // The request of `attempt` leaves its client at `now`. An answer that would miss the client's
  // deadline is never queued.
  void receive(const load::Attempt& attempt, TimePoint now) {
    const auto [when, end] = answer(attempt, now);
    if (when >= now + load_.timeout) {
      return;
    }
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(answers_.size()));
      answers_.emplace_back();
    }
    const auto ticket = free_.back();
    free_.pop_back();
    answers_[ticket] = {attempt.slot, end};
    if (attempt.slot >= tickets_.size()) {
      tickets_.resize(attempt.slot + 1, none);
    }
    tickets_[attempt.slot] = ticket;
    queue_.push(when, ticket);
  }

  // The client gives the attempt in `slot` up: its answer, if one is to come, goes nowhere.
  CallEnd give_up(std::uint32_t slot) {
    if (slot < tickets_.size() && tickets_[slot] != none) {
      answers_[tickets_[slot]].slot = none;
      tickets_[slot] = none;
    }
    return load::given_up_while_waiting(slot);
  }

  // When an answer comes next, even if nobody waits for it any more.
  [[nodiscard]] TimePoint next_answer() const { return queue_.next_at(); }

  // The next answer, if somebody waits for it.
  std::optional<std::pair<std::uint32_t, CallEnd>> take_answer() {
    const auto ticket = queue_.pop();
    free_.push_back(ticket);
    const auto [slot, end] = answers_[ticket];
    if (slot == none) {
      return std::nullopt;
    }
    tickets_[slot] = none;
    return std::pair(slot, end);
  }

  [[nodiscard]] const faults::Ledger& ledger() const { return ledger_; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct Answer {
    std::uint32_t slot = none;  // of the attempt that waits for it
    CallEnd end{};
  };

  std::pair<TimePoint, CallEnd> answer(const load::Attempt& attempt, TimePoint now) {
    if (injector_.refuses(now)) {
      return {now + model_.round_trip, {CallEnd::Kind::connect_failed, 0}};
    }
    const auto& [method, path, headers] = load_.endpoints[attempt.endpoint];
    const auto decided = injector_.treat({attempt.request(), method, path, headers}, now);
    ledger_.note(decided, bank_.passage(attempt.leave));

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
  EventQueue queue_;                    // of tickets
  std::vector<Answer> answers_;         // by ticket
  std::vector<std::uint32_t> free_;     // tickets
  std::vector<std::uint32_t> tickets_;  // by slot
};

}  // namespace

Counted run_world(const load::LoadPlan& load, faults::Injector& injector, load::BreakerBank& bank,
                  const ServerModel& model, const Observer& observer) {
  ENSURE(load.shards == 1);
  Server server(load, injector, bank, model);
  load::Engine engine(load, 0, bank, [&](std::uint32_t slot) { return server.give_up(slot); });
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
      if (const auto answer = server.take_answer()) {
        engine.finished(answer->first, answer->second, now);
      }
    }
    while (const auto attempt = engine.next(now)) {
      if (engine.heeds_progress() && !injector.refuses(now)) {
        engine.connected(attempt->slot, now);
      }
      server.receive(*attempt, now);
      if (observer.sent) {
        observer.sent(*attempt, now);
      }
    }
  }
  return {engine.tally(), server.ledger(), now};
}

}  // namespace tripcurve::sim
