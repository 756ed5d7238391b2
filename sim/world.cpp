#include "sim/world.hpp"

#include <algorithm>

#include "core/ensure.hpp"
#include "sim/fake_upstream.hpp"
#include "sim/mesh.hpp"

namespace tripcurve::sim {
namespace {

// Some milliseconds of the real clock.
constexpr std::uint32_t instants_between_questions = 4096;

template <typename Server>
Counted drive(const load::LoadPlan& load, load::BreakerBank& bank, Server& server,
              const Observer& observer) {
  bank.belongs_to_one_thread();
  load::Engine engine(load, 0, bank, [&](std::uint32_t slot) { return server.give_up(slot); });
  TimePoint now{};
  std::uint32_t instants = 0;
  auto look = observer.next_look();
  const View view{engine, server.ledger(), [&server] { return server.services(); }};

  while (!engine.done()) {
    const auto engine_due = engine.next_due();
    const auto next = std::min(server.next_due(), engine_due);
    ENSURE(next != never);
    for (; look <= next; look = observer.next_look()) {
      if (!observer.look(view, look)) {
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
    while (server.next_due() <= now) {
      if (const auto answer = server.step(now)) {
        engine.finished(answer->first, answer->second, now);
      }
    }
    if (engine_due > now) {
      continue;  // and if an answer has led to another attempt, that is due at once
    }
    while (const auto attempt = engine.next(now)) {
      if (engine.heeds_progress() && server.is_open(now)) {
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

}  // namespace

Counted run_world(const load::LoadPlan& load, faults::Injector& injector, load::BreakerBank& bank,
                  const ServerModel& model, const Observer& observer) {
  ENSURE(load.shards == 1);
  FakeUpstream upstream(load, injector, bank, model);
  return drive(load, bank, upstream, observer);
}

Counted run_world(const topology::Topology& topology, const load::LoadPlan& load,
                  faults::Injector& injector, load::BreakerBank& bank, const ServerModel& model,
                  const Observer& observer) {
  ENSURE(load.shards == 1);
  Mesh mesh(topology, load, injector, model);
  auto counted = drive(load, bank, mesh, observer);
  counted.services = mesh.measured(counted.ended_at);
  return counted;
}

}  // namespace tripcurve::sim
