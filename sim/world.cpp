#include "sim/world.hpp"

#include <algorithm>

#include "core/ensure.hpp"
#include "sim/fake_upstream.hpp"
#include "sim/instants.hpp"
#include "sim/mesh.hpp"

namespace tripcurve::sim {
namespace {

// Some milliseconds of the real clock.
constexpr std::uint32_t instants_between_questions = 4096;

template <typename Server>
Counted drive(const load::LoadPlan& load, load::BreakerBank& bank, Server& server,
              const Observer& observer) {
  Instants<Server> instant(load, bank, server);
  auto& engine = instant.engine();
  TimePoint now{};
  std::uint32_t instants = 0;
  auto look = observer.next_look();
  const View view{engine, server.ledger(), [&server] { return server.services(); }};

  while (!engine.done()) {
    const auto next = instant.next();
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
    instant.play(now, [&](const load::Attempt& attempt, TimePoint sent_at) {
      if (observer.sent) {
        observer.sent(attempt, sent_at);
      }
    });
  }
  return {engine.tally(), server.ledger(), now};
}

}  // namespace

Counted run_world(const load::LoadPlan& load, faults::Injector& injector, load::BreakerBank& bank,
                  const ServerModel& model, const Observer& observer) {
  ENSURE(load.shards == load.own.step);
  FakeUpstream upstream(load, injector, bank, model);
  return drive(load, bank, upstream, observer);
}

Counted run_world(const topology::Topology& topology, const load::LoadPlan& load,
                  faults::Injector& injector, load::BreakerBank& bank, const ServerModel& model,
                  const Observer& observer) {
  ENSURE(load.shards == load.own.step);
  Mesh mesh(topology, load, injector, model);
  auto counted = drive(load, bank, mesh, observer);
  counted.services = mesh.measured(counted.ended_at);
  return counted;
}

}  // namespace tripcurve::sim
